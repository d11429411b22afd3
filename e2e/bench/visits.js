// Visits: from a navigation to the first answer of a one-week slice, with an empty browser profile and with one that has the
// engine in its HTTP cache; what is fetched for it, and in how many round trips.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium as playwright } from "playwright-core";

import { freePort, shapedLink } from "../support/link.js";
import { chromium } from "../support/paths.js";
import { serve } from "../support/server.js";
import { assertSameAnswer } from "./answers.js";
import { inSequence } from "./figures.js";
import { filesOfWeek, oneWeek } from "./slices.js";

/** Data files are asked for under another address each time: no cache of the browser has them. */
let visits = 0;

/**
 * Visits by each engine in turn, `runs` times: samples by engine, `{ cold, cached }`, each a list of
 * `{ startedMs, answeredMs, siteBytes, bytes, requests, inSequence }`.
 */
export async function firstAnswers({ engines, origin, server, table, manifest, runs }) {
  const samples = Object.fromEntries(engines.map(({ name }) => [name, { cold: [], cached: [] }]));
  for (let run = 0; run < runs; run += 1) {
    const answers = { cold: [], cached: [] };
    for (const engine of run % 2 ? [...engines].reverse() : engines) {
      const profile = mkdtempSync(join(tmpdir(), "goldpan-bench-"));
      try {
        for (const state of ["cold", "cached"]) {
          // Another week the second time: what is left is the engine alone.
          const sample = await visit({ engine, origin, server, table, manifest, profile, week: state === "cold" ? 0 : 10 });
          samples[engine.name][state].push(sample);
          if (sample.rows) answers[state].push(sample.rows);
        }
      } finally {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      }
    }
    for (const [first, ...others] of Object.values(answers)) {
      for (const other of others) assertSameAnswer(first, other, `one week of ${table}`);
    }
  }
  return samples;
}

/**
 * The same for Goldpan alone at `ingest serve`, where URLs are signed, over the line of a link: samples of `cold` and
 * `cached`.
 */
export async function signedFirstAnswers({ engine, line, site, project, table, manifest, runs }) {
  const port = await freePort();
  const store = await shapedLink(`http://127.0.0.1:${port}`, line);
  const server = await serve(["--s3-port", String(port), "--s3-url", store.url], { folder: site, lake: project });
  const front = await shapedLink(server.url, line);
  const nothingAsked = { takeObjects: () => [], takeSite: () => [] };
  try {
    const visits = { engines: [engine], origin: front.url, server: nothingAsked, table, manifest, runs };
    return (await firstAnswers(visits))[engine.name];
  } finally {
    await Promise.all([front.stop(), store.stop(), server.stop()]);
  }
}

async function visit({ engine, origin, server, table, manifest, profile, week }) {
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: chromium,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    const finished = [];
    context.on("requestfinished", (request) => finished.push(request));
    server.takeObjects();
    server.takeSite();
    await page.goto(new URL(engine.path, origin).href, { waitUntil: "commit" });
    visits += 1;
    const urls = filesOfWeek(table, manifest, week).map(({ key }) => `/gold/${key}?visit=${visits}`);
    const sql = engine.hasParquet ? oneWeek(table, week) : undefined;
    const answer = await engine.firstAnswer(page, { table, urls, sql });
    const site = server.takeSite();
    const data = server.takeObjects().filter(({ path }) => path.endsWith(".parquet"));
    const spans = finished.filter((request) => new URL(request.url()).pathname.endsWith(".parquet")).map(span);
    await engine.forget(page);
    return {
      ...answer,
      siteBytes: total(site),
      bytes: total(data),
      requests: data.length,
      inSequence: inSequence(spans),
    };
  } finally {
    await context.close();
  }
}

function total(requests) {
  return requests.reduce((sum, { bytes }) => sum + bytes, 0);
}

function span(request) {
  const { startTime, responseEnd } = request.timing();
  return { startMs: startTime, endMs: startTime + responseEnd };
}
