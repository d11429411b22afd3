// Statements on a table that both engines have at hand, and a click on a facet.
import { launch } from "../support/browser.js";
import { assertSameAnswer } from "./figures.js";
import { sevenSlices } from "./slices.js";

/** Milliseconds of each slice: `[{ name, samples: { engine: [ms] } }]`. Engines take turns, each in a page of its own. */
export async function warmSlices({ engines, server, table, manifest, runs }) {
  const browser = await launch();
  try {
    const context = await browser.newContext();
    const pages = await Promise.all(engines.map(() => context.newPage()));
    const urls = manifest.files.map(({ key }) => `/gold/${key}`);
    for (const [index, engine] of engines.entries()) {
      await pages[index].goto(new URL(engine.path, server.url).href);
      await engine.open(pages[index], { table, urls });
    }
    let variant = 0;
    const slices = [];
    for (const { name, sql } of sevenSlices(table)) {
      const samples = Object.fromEntries(engines.map((engine) => [engine.name, []]));
      await compare({ engines, pages, what: `${name} on ${table}`, sql: sql((variant += 1)) });
      for (let run = -1; run < runs; run += 1) {
        variant += 1;
        for (const index of run % 2 ? [...engines.keys()].reverse() : engines.keys()) {
          const ms = await engines[index].run(pages[index], sql(variant));
          // The first round fills caches.
          if (run >= 0) samples[engines[index].name].push(ms);
        }
      }
      slices.push({ name, samples });
    }
    return slices;
  } finally {
    await browser.close();
  }
}

async function compare({ engines, pages, what, sql }) {
  const answers = [];
  for (const [index, engine] of engines.entries()) answers.push(await engine.rows(pages[index], sql));
  for (const answer of answers.slice(1)) assertSameAnswer(answers[0], answer, what);
}

/** A click on a facet until all parts of the page have their answers: `[{ ms, bytes, requests }]`. */
export async function facetClicks({ goldpan, server, table, facet, runs }) {
  const browser = await launch();
  try {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(new URL(`/?t=${table}`, server.url).href);
    await page.getByTestId("status-line").filter({ hasText: /fetched/ }).waitFor();
    const samples = [];
    for (const value of Array.from({ length: runs }, (_, run) => facet.values[run % facet.values.length])) {
      const button = page.getByTestId(`facet-${facet.column}-${value}`);
      if ((await button.count()) === 0) await page.getByTestId(`field-${facet.column}`).click();
      await button.waitFor();
      await goldpan.forget(page);
      server.takeObjects();
      const ms = await button.evaluate(clickAndWait);
      const objects = server.takeObjects();
      samples.push({ ms, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0), requests: objects.length });
      await button.evaluate(clickAndWait);
    }
    return samples;
  } finally {
    await browser.close();
  }
}

/** Runs in the page: milliseconds from the click to the frame in which nothing is busy any more. */
async function clickAndWait(button) {
  const begun = performance.now();
  button.click();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const isBusy = () =>
    document.querySelector(".is-busy, [aria-busy=true]") !== null ||
    /running/.test(document.querySelector("[data-testid=status-line]")?.innerText ?? "");
  await frame();
  await frame();
  let quietSince = performance.now();
  // Answers follow each other; a tenth of a second without any is the end, and not counted.
  while (performance.now() - quietSince < 100) {
    await frame();
    if (isBusy()) quietSince = performance.now();
  }
  return quietSince - begun;
}
