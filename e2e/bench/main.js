// Goldpan and duckdb-wasm in the same Chromium, from the same server, in turns. `cargo xtask bench` prepares what this
// needs and calls it; by hand:
//
//   node e2e/bench/main.js --lake <gold root> --site dist --pages <folder to keep> --out bench.md
//
// Times differ from machine to machine; the ratios within one run are the figures.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

import { launch } from "../support/browser.js";
import { line, shapedLink } from "../support/link.js";
import { firstAnswers, signedFirstAnswers } from "./cold.js";
import { duckdb, goldpan } from "./engines.js";
import { markdown } from "./figures.js";
import { memoryBytes } from "./memory.js";
import { extensionUrl, prepare } from "./prepare.js";
import { benchServer } from "./server.js";
import { facetClicks, warmSlices } from "./warm.js";

const { values: options } = parseArgs({
  options: {
    lake: { type: "string" },
    site: { type: "string", default: "dist" },
    pages: { type: "string" },
    out: { type: "string" },
    tables: { type: "string", default: "taxi_5m,taxi_20m,flights" },
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "cold,bytes,warm,memory" },
  },
});
const LINE = line({ delayMs: 20, bytesPerSecond: 50e6 / 8 });
const STATES = [
  ["cold", "empty cache"],
  ["cached", "engine in the HTTP cache"],
];
const runs = Number(options.runs);
const parts = options.only.split(",");
const tables = options.tables.split(",");

const releases = prepare(options.pages, process.env.DUCKDB_WASM_EXTENSIONS);
const newest = duckdb(releases.newest);
const rival = newest.hasParquet ? newest : duckdb(releases.builtIn);
const server = await benchServer({
  "/": options.site,
  "/gold/": options.lake,
  "/duckdb-wasm/": join(options.pages, "duckdb-wasm"),
  "/extensions/": join(options.pages, "extensions"),
});
const link = await shapedLink(server.url, LINE);
try {
  const figures = [];
  if (parts.includes("cold") || parts.includes("bytes")) figures.push(...(await coldFigures()));
  if (parts.includes("warm")) figures.push(...(await warmFigures()));
  if (parts.includes("memory")) figures.push(...(await memoryFigures()));
  const report = `${await preface()}\n\n${markdown(figures)}\n\n${notes()}\n`;
  console.log(report);
  if (options.out) writeFileSync(options.out, report);
} finally {
  await link.stop();
  await server.stop();
}

async function coldFigures() {
  // The release that cannot read Parquet here shows how long it takes to start.
  const others = rival === newest ? [rival] : [rival, newest];
  const engines = [goldpan, ...others];
  const table = tables[0];
  const measured = async (place, origin) => {
    say(`first answers, ${place}`);
    return firstAnswers({ engines, origin, server, table, manifest: manifestOf(table), runs });
  };
  const slow = await measured("shaped link", link.url);
  const slice = `one week of ${table}, cold, given the catalog`;
  const read = (what) => against(rival, (engine) => slow[engine.name].cold.map((sample) => sample[what]));
  const figures = [
    ...ofPlace("shaped link", slow, others, { cold: { ratio: 0.35 }, cached: { ratio: 0.2 } }),
    { measure: `bytes of data files, ${slice}`, ...read("bytes"), unit: "bytes", goal: { ratio: 0.2 } },
    { measure: `requests for data files, ${slice}`, ...read("requests"), unit: "count" },
    { measure: `requests in sequence, ${slice}`, ...read("inSequence"), unit: "count", goal: { amount: 2 } },
  ];
  for (const other of others) {
    const samples = against(other, (engine) => slow[engine.name].cold.map(({ siteBytes }) => siteBytes));
    figures.push({ measure: "download of page and engine, before the first answer", ...samples, unit: "bytes" });
  }
  if (!parts.includes("cold")) return figures;
  figures.push(...ofPlace("loopback", await measured("loopback", server.url), others, {}));
  say("first answers, shaped link, signed URLs");
  const places = { line: LINE, site: options.site, project: dirname(options.lake) };
  const signed = await signedFirstAnswers({ engine: goldpan, ...places, table, manifest: manifestOf(table), runs });
  for (const [state, words] of STATES) {
    figures.push({
      measure: `shaped link, ${words}, by \`ingest serve\` and signed URLs: navigation to the first answer, one week of ${table}`,
      goldpan: signed[state].map(({ answeredMs }) => answeredMs),
      unit: "ms",
    });
  }
  return figures;
}

/** Times of one place: the first answer, and the mere start, which is all that a release without Parquet has. */
function ofPlace(place, samples, others, goals) {
  const figures = [];
  for (const [state, words] of STATES) {
    const of = (engine, what) => samples[engine.name][state].map((sample) => sample[what]);
    const first = `${place}, ${words}: navigation to the first answer, one week of ${tables[0]}`;
    figures.push({
      measure: first,
      ...against(rival, (engine) => of(engine, "answeredMs")),
      unit: "ms",
      goal: goals[state],
    });
    if (rival !== newest) {
      figures.push({
        measure: `${first}; of the other the start alone`,
        goldpan: of(goldpan, "answeredMs"),
        other: of(newest, "startedMs"),
        otherName: newest.name,
        unit: "ms",
      });
    }
    for (const other of others) {
      figures.push({
        measure: `${place}, ${words}: navigation to the answer of SELECT 1`,
        ...against(other, (engine) => of(engine, "startedMs")),
        unit: "ms",
      });
    }
  }
  return figures;
}

async function warmFigures() {
  const figures = [];
  const { version } = rival === newest ? releases.newest : releases.builtIn;
  const inMemory = { ...rival, name: `duckdb-wasm ${version}, files in memory` };
  for (const table of tables) {
    say(`warm slices, ${table}`);
    const engines = [goldpan, inMemory];
    const slices = await warmSlices({ engines, server, table, manifest: manifestOf(table), runs: Math.max(runs, 5) });
    for (const { name, samples } of slices) {
      figures.push({ measure: `warm, ${table}: ${name}`, ...against(inMemory, (engine) => samples[engine.name]), unit: "ms" });
    }
  }
  const taxi = tables.find((table) => table.startsWith("taxi"));
  if (taxi) {
    say(`facet clicks, ${taxi}`);
    const facet = { column: "payment", values: ["cash", "app", "card", "voucher"] };
    const clicks = await facetClicks({ goldpan, server, table: taxi, facet, runs });
    const what = `a facet click on ${taxi}, loopback, no data cached, all parts of the page`;
    figures.push(
      { measure: `${what}: time`, goldpan: clicks.map(({ ms }) => ms), unit: "ms" },
      { measure: `${what}: bytes`, goldpan: clicks.map(({ bytes }) => bytes), unit: "bytes" },
      { measure: `${what}: requests`, goldpan: clicks.map(({ requests }) => requests), unit: "count" },
    );
  }
  return figures;
}

async function memoryFigures() {
  const samples = { [goldpan.name]: [], [rival.name]: [] };
  const table = tables[0];
  say(`memory, ${table}`);
  for (let run = 0; run < Math.min(runs, 3); run += 1) {
    for (const engine of [goldpan, rival]) {
      const bytes = await memoryBytes({ engine, server, table, manifest: manifestOf(table) });
      if (bytes !== undefined) samples[engine.name].push(bytes);
    }
  }
  const measure = `memory after the seven slices of ${table} (Goldpan by ranges, the other with its files in memory)`;
  return [{ measure, ...against(rival, (engine) => samples[engine.name]), unit: "bytes" }];
}

function against(other, samplesOf) {
  return { goldpan: samplesOf(goldpan), other: samplesOf(other), otherName: other.name };
}

function manifestOf(table) {
  const read = (key) => JSON.parse(readFileSync(join(options.lake, key), "utf8"));
  const entry = read("catalog.json").tables.find(({ name }) => name === table);
  if (!entry) throw new Error(`the lake ${options.lake} has no table ${table}: \`cargo xtask bench\` makes it`);
  return read(entry.manifest);
}

async function preface() {
  const browser = await launch();
  const version = browser.version();
  await browser.close();
  return `${new Date().toISOString().slice(0, 10)}, Chromium ${version}, ${cpus().length} cores, medians of ${runs} runs.
Shaped link: ${2 * LINE.delayMs} ms round trip, ${(LINE.bytesPerSecond * 8) / 1e6} Mbit/s, shared by all connections, HTTP/1.1. Both engines come as brotli files.
duckdb-wasm is the single-threaded build (eh), gets ranged HEADs answered 206 with \`reliableHeadRequests\`, and is told which
files can hold rows of the week; its module is preloaded.`;
}

function notes() {
  if (newest.hasParquet) return `Parquet in ${newest.name}: its extension, from DUCKDB_WASM_EXTENSIONS.`;
  return `${newest.name}, the newest, reads Parquet by an extension that its npm package does not carry, and none was given:
all but its start is not measured. ${rival.name} is the last release with Parquet built in. To measure the newest, put
${extensionUrl} (3,045,039 bytes) into a folder and name it in DUCKDB_WASM_EXTENSIONS.`;
}

function say(what) {
  console.error(`  ${what}`);
}
