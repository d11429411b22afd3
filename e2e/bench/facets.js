// Clicks on a facet of the page of a taxi table, until all its parts have their answers.
import { launch } from "../support/browser.js";

/** Of the taxi tables. */
export const FACET = { column: "payment", values: ["cash", "app", "card", "voucher"] };

/** `[{ ms, bytes, requests }]` of clicks on values of the facet, each after these caches were emptied; all where none is named. */
export async function facetClicks({ goldpan, server, table, runs, caches }) {
  const browser = await launch();
  try {
    const page = await openTable(browser, server, table);
    const samples = [];
    // The first click opens what the others find open; where data are kept, each value is clicked once before.
    const rounds = caches ? FACET.values.length : 1;
    for (let run = -rounds; run < runs; run += 1) {
      const button = await facetButton(page, run + rounds);
      await goldpan.forget(page, caches);
      server.takeObjects();
      const ms = await button.evaluate(clickAndWait);
      const objects = server.takeObjects();
      const bytes = objects.reduce((sum, { bytes }) => sum + bytes, 0);
      if (run >= 0) samples.push({ ms, bytes, requests: objects.length });
      await button.evaluate(clickAndWait);
    }
    return samples;
  } finally {
    await browser.close();
  }
}

/** A page that shows a table; `prepared` may still change it before it is opened. */
export async function openTable(browser, server, table, prepared = async () => {}) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await prepared(page);
  await page.goto(new URL(`/?t=${table}`, server.url).href);
  await page.getByTestId("status-line").filter({ hasText: /fetched/ }).waitFor();
  return page;
}

/** The button of a value, another one each run; opens the facet where it is closed. */
export async function facetButton(page, run) {
  const { column, values } = FACET;
  const button = page.getByTestId(`facet-${column}-${values[run % values.length]}`);
  if ((await button.count()) === 0) await page.getByTestId(`field-${column}`).click();
  await button.waitFor();
  return button;
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
