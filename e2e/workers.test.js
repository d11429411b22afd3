// How many workers compute: said, set and kept; and what each of them did.
import assert from "node:assert/strict";

import { settled } from "./support/page.js";
import { suite } from "./support/suite.js";

const { journey } = suite();

const perState = "SELECT origin_state, count(*) AS n, sum(delay) AS d FROM flights GROUP BY 1 ORDER BY 1";

const workers = (visit, ...args) =>
  visit.page.evaluate(
    (args) => window.goldpan.workers(...args).catch(({ kind, message }) => ({ kind, message })),
    args,
  );

async function openStorage(visit) {
  await visit.find("open-storage").click();
  await visit.find("workers").waitFor();
}

/** All operators of a plan. */
const flat = (node) => [node, ...node.inputs.flatMap(flat)];

journey("workers() says how many there are, and workers(n) sets it for the page", async (visit) => {
  const { wanted, ready } = await workers(visit);
  assert.ok(wanted >= 1 && ready >= 1 && ready <= wanted);
  assert.deepEqual(await workers(visit, 2), { wanted: 2, ready: 2 });
  assert.deepEqual(await workers(visit), { wanted: 2, ready: 2 });
  assert.deepEqual(await workers(visit, 1), { wanted: 1, ready: 1 });
  await visit.page.reload();
  assert.deepEqual((await workers(visit)).wanted, wanted, "it was for that page only");
});

journey("a number of workers that cannot be is refused and changes nothing", async (visit) => {
  await workers(visit, 2);
  for (const count of [0, -1, 1.5, 33, "2", true, {}]) {
    const { kind, message } = await workers(visit, count);
    assert.equal(kind, "InvalidQuery", JSON.stringify(count));
    assert.match(message, /whole number from 1 to 32/);
  }
  assert.deepEqual(await workers(visit), { wanted: 2, ready: 2 });
});

journey("the number of workers is chosen in the panel, and holds after a reload", async (visit) => {
  await openStorage(visit);
  assert.equal(await visit.find("workers").inputValue(), "automatic");
  await visit.find("workers").selectOption({ label: "2" });
  await visit.find("workers-ready").filter({ hasText: "2 workers ready." }).waitFor();
  await visit.page.reload();
  await openStorage(visit);
  assert.equal(await visit.find("workers").inputValue(), "2");
  await visit.find("workers-ready").filter({ hasText: "2 workers ready." }).waitFor();
  await visit.find("workers").selectOption({ label: "automatic" });
  assert.equal(await visit.page.evaluate(() => localStorage.getItem("goldpan.workers")), "automatic");
});

journey("a query with plan tells what each worker did in each operator", async (visit) => {
  await workers(visit, 2);
  const { plan, stats } = await visit.query(perState, { plan: true });
  assert.equal(stats.workers, 2);
  const operators = flat(plan);
  for (const { operator, detail, work, inputs } of operators) {
    assert.ok(operator.length > 0 && typeof detail === "string" && Array.isArray(inputs));
    for (const done of work) {
      assert.ok(Number.isInteger(done.worker) && done.worker >= 0 && done.worker < 2, JSON.stringify(done));
      assert.ok(done.rows >= 0 && done.elapsedMs >= 0 && Array.isArray(done.counts));
    }
  }
  const scan = operators.find(({ operator }) => operator === "GoldScan");
  assert.deepEqual(scan.work.map(({ worker }) => worker).toSorted(), [0, 1]);
  assert.equal(scan.work.reduce((rows, done) => rows + done.rows, 0), 3_000_000);
  assert.equal("plan" in (await visit.query(perState)), false, "only who asks gets it");
  assert.equal((await visit.failure(perState, { plan: "yes" })).kind, "InvalidQuery");
});

journey("the page shows the plan beside the statement, by keyboard too", async (visit) => {
  await visit.page.evaluate(() => localStorage.setItem("goldpan.workers", "2"));
  await visit.go(`?sql=${encodeURIComponent(perState)}`);
  await workers(visit, 2);
  await settled(visit);
  await visit.find("toggle-plan").focus();
  await visit.page.keyboard.press("Enter");
  await visit.find("plan-headline").filter({ hasText: "2 workers" }).waitFor();
  const scan = visit.find("plan-operator").filter({ hasText: "GoldScan" });
  assert.match(await scan.innerText(), /2 workers[^]*\d %[^]*3M/);
  assert.equal(await scan.getByRole("table").isVisible(), false);
  await scan.locator("summary").focus();
  await visit.page.keyboard.press("Enter");
  assert.equal(await scan.getByRole("row").count(), 3, "a head and two workers");
  await visit.find("status-line").filter({ hasText: "2 workers" }).waitFor();
  await visit.page.getByRole("button", { name: "Close what each worker did" }).click();
  assert.equal(await visit.find("plan").count(), 0);
});
