// Memory of the processes that render a page, beyond that of an empty page. Linux only: elsewhere nothing is measured.
import { readFileSync } from "node:fs";

import { launch } from "../support/browser.js";
import { sevenSlices } from "./slices.js";

/** Memory of Goldpan with all its workers, and of the other engine, after the same slices. */
export async function memoryFigures(bench) {
  const { goldpan, rival } = bench;
  const table = bench.tables[0];
  const samples = { [goldpan.name]: [], [rival.name]: [] };
  bench.say(`memory, ${table}`);
  for (let run = 0; run < Math.min(bench.runs, 3); run += 1) {
    for (const engine of [goldpan, rival]) {
      const bytes = await memoryBytes(bench, engine, table);
      if (bytes !== undefined) samples[engine.name].push(bytes);
    }
  }
  const measure = `memory after the seven slices of ${table} (Goldpan by ranges, all its workers; the other with its files in memory)`;
  return [{ measure, ...bench.against(rival, (engine) => samples[engine.name]), unit: "bytes" }];
}

/** Bytes after the seven slices of a table were answered once; undefined where it cannot be told. */
async function memoryBytes(bench, engine, table) {
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    const empty = await ofRenderers(browser);
    if (empty === undefined) return undefined;
    await page.goto(new URL(engine.path, bench.server.url).href);
    await engine.open(page, bench.opened([table]));
    for (const { sql } of sevenSlices(table)) await engine.run(page, sql(0));
    return (await ofRenderers(browser)) - empty;
  } finally {
    await browser.close();
  }
}

async function ofRenderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  try {
    const kilobytes = processInfo
      .filter(({ type }) => type === "renderer")
      .map(({ id }) => Number(readFileSync(`/proc/${id}/status`, "utf8").match(/^VmRSS:\s*(\d+) kB$/m)[1]));
    return 1024 * kilobytes.reduce((sum, size) => sum + size, 0);
  } catch {
    return undefined;
  }
}
