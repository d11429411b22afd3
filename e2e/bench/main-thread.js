// Processor time of the page's main thread for one query result, as Chromium counts its tasks: by the thread's own clock, so
// that what else runs on the machine does not count.
import { launch } from "../support/browser.js";
import { FACET, facetButton, openTable } from "./facets.js";
import { sevenSlices } from "./slices.js";

const GOAL = { atMost: 8 };
const QUIET_MS = 300;

/** By the console API, and by a click on a facet, which asks several queries and shows what comes. */
export async function mainThreadFigures(bench) {
  const table = bench.tables.find((table) => table.startsWith("taxi"));
  if (!table) return [];
  bench.say(`main thread, ${table}`);
  const browser = await launch();
  try {
    const results = await ofResults(bench, browser, table);
    const clicks = await ofClicks(bench, browser, table);
    const slices = `seven slices of ${table} by goldpan.arrow`;
    const click = `a facet click on ${table}, warm, all parts of the page`;
    return [
      { measure: `**main-thread work per query result, ${slices}**`, goldpan: results.all, unit: "ms", goal: GOAL },
      { measure: `main-thread work per query result, largest of the ${slices}`, goldpan: results.largest, unit: "ms" },
      { measure: `main-thread work of ${click}`, goldpan: clicks.map(({ ms }) => ms), unit: "ms" },
      { measure: "of it scripts", goldpan: clicks.map(({ script }) => script), unit: "ms" },
      { measure: "of it layout and style", goldpan: clicks.map(({ layout }) => layout), unit: "ms" },
      { measure: `queries of ${click}`, goldpan: clicks.map(({ queries }) => queries), unit: "count" },
      {
        measure: `**main-thread work per query result of ${click}**`,
        goldpan: clicks.filter(({ queries }) => queries > 0).map(({ ms, queries }) => ms / queries),
        unit: "ms",
        goal: GOAL,
      },
    ];
  } finally {
    await browser.close();
  }
}

/** Milliseconds for the result of each slice. */
async function ofResults({ goldpan, server, runs }, browser, table) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(new URL(goldpan.path, server.url).href);
  await goldpan.open(page);
  const clock = await taskClock(page);
  const bySlice = [];
  for (const { sql } of sevenSlices(table)) {
    await goldpan.run(page, sql(0));
    const samples = [];
    for (let run = 1; run <= runs; run += 1) {
      const nothing = await clock(() => page.evaluate(async () => performance.now()));
      const result = await clock(() => goldpan.run(page, sql(run)), nothing);
      samples.push(result.ms);
    }
    bySlice.push(samples);
  }
  const mean = (samples) => samples.reduce((sum, ms) => sum + ms, 0) / samples.length;
  return { all: bySlice.flat(), largest: bySlice.toSorted((a, b) => mean(b) - mean(a))[0] };
}

/** What clicks on values of the facet take, and their queries; data are at hand, answers are not. */
async function ofClicks({ goldpan, server, runs }, browser, table) {
  const page = await openTable(browser, server, table, countQueries);
  const clock = await taskClock(page);
  const samples = [];
  // The first clicks fetch what the others have at hand.
  for (let run = -FACET.values.length; run < runs; run += 1) {
    const button = await facetButton(page, run + FACET.values.length);
    await goldpan.forget(page, ["results"]);
    const before = await page.evaluate(() => window.queriesAsked);
    const idle = await clock(() => button.evaluate(rest, QUIET_MS));
    const taken = await clock(() => button.evaluate(clickAndRest, QUIET_MS), idle);
    const queries = (await page.evaluate(() => window.queriesAsked)) - before;
    if (run >= 0) samples.push({ ...taken, queries });
    await button.evaluate(clickAndRest, QUIET_MS);
  }
  return samples;
}

/**
 * Gives a function that tells how many milliseconds of the main thread's time something takes, in all and of it scripts
 * (WebAssembly among them), layout and style; less what it takes to ask the page for nothing, where that is given.
 */
async function taskClock(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const taken = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name) => 1000 * metrics.find((metric) => metric.name === name).value;
    return { ms: of("TaskDuration"), script: of("ScriptDuration"), layout: of("LayoutDuration") + of("RecalcStyleDuration") };
  };
  return async (act, nothing = { ms: 0, script: 0, layout: 0 }) => {
    const before = await taken();
    await act();
    const after = await taken();
    const of = (what) => Math.max(0, after[what] - before[what] - nothing[what]);
    return { ms: of("ms"), script: of("script"), layout: of("layout") };
  };
}

/** Counts queries on their way to the engine, before the page has a script of its own. */
function countQueries(page) {
  return page.addInitScript(() => {
    window.queriesAsked = 0;
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (typeof message?.head === "string" && message.head.includes('"request":"query"')) window.queriesAsked += 1;
      return post.call(this, message, ...rest);
    };
  });
}

/** Runs in the page: clicks, and waits until nothing has been busy for a while. It looks seldom: looking is work, too. */
async function clickAndRest(button, quietMs) {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
  button.click();
  await pause();
  let quietSince = performance.now();
  while (performance.now() - quietSince < quietMs) {
    await pause();
    if (document.querySelector(".is-busy, [aria-busy=true]") !== null) quietSince = performance.now();
  }
}

/** Runs in the page: the same without a click. */
async function rest(_, quietMs) {
  const begun = performance.now();
  while (performance.now() - begun < quietMs) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    document.querySelector(".is-busy, [aria-busy=true]");
  }
}
