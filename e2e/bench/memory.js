// Memory of the processes that render a page, beyond that of an empty page. Linux only: elsewhere nothing is measured.
import { readFileSync } from "node:fs";

import { launch } from "../support/browser.js";
import { sevenSlices } from "./slices.js";

/** Bytes after the seven slices of a table were answered once; undefined where it cannot be told. */
export async function memoryBytes({ engine, server, table, manifest }) {
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    const empty = await ofRenderers(browser);
    if (empty === undefined) return undefined;
    await page.goto(new URL(engine.path, server.url).href);
    await engine.open(page, { table, urls: manifest.files.map(({ key }) => `/gold/${key}`) });
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
