// Goldpan and duckdb-wasm in the same Chromium, from the same server, in turns. `cargo xtask bench` prepares what this
// needs and calls it; by hand:
//
//   node e2e/bench/main.js --lake <gold root> --site dist --pages <folder to keep> --out bench.md
//
// Times differ from machine to machine; the ratios within one run are the figures. All of it takes about 15 minutes on
// two cores; `--only warm --tables taxi_5m --runs 1` takes one.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { launch } from "../support/browser.js";
import { openBench } from "./bench.js";
import { firstAnswerFigures } from "./cold.js";
import { markdown } from "./figures.js";
import { mainThreadFigures } from "./main-thread.js";
import { memoryFigures } from "./memory.js";
import { extensionUrl } from "./prepare.js";
import { sizeFigures } from "./size.js";
import { tpchFigures } from "./tpch.js";
import { warmFigures } from "./warm.js";
import { workerFigures } from "./workers.js";

/** What can be measured, in the order in which it is. `cold` has `bytes` with it. */
const PARTS = {
  size: sizeFigures,
  cold: (bench) => firstAnswerFigures(bench, { all: true }),
  bytes: (bench) => firstAnswerFigures(bench, { all: false }),
  warm: warmFigures,
  tpch: tpchFigures,
  workers: workerFigures,
  "main-thread": mainThreadFigures,
  memory: memoryFigures,
};

const { values: options } = parseArgs({
  options: {
    lake: { type: "string" },
    site: { type: "string", default: "dist" },
    pages: { type: "string" },
    out: { type: "string" },
    tables: { type: "string", default: "taxi_5m,taxi_20m,flights" },
    runs: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(PARTS).join(",") },
  },
});
const wanted = options.only.split(",");
const unknown = wanted.filter((part) => !(part in PARTS));
if (unknown.length > 0) throw new Error(`--only ${unknown}: there is no such part, only ${Object.keys(PARTS).join(", ")}`);

const bench = await openBench({ ...options, tables: options.tables.split(","), runs: Number(options.runs) });
try {
  const figures = [];
  for (const [part, measure] of Object.entries(PARTS)) {
    if (!wanted.includes(part) || (part === "bytes" && wanted.includes("cold"))) continue;
    try {
      figures.push(...(await measure(bench)));
    } catch (error) {
      bench.failed(part, error);
      figures.push({ measure: part, unit: "count" });
    }
  }
  const report = `${await preface()}\n\n${markdown(figures)}\n\n${notes()}\n`;
  console.log(report);
  if (options.out) writeFileSync(options.out, report);
  if (bench.problems.length > 0) process.exitCode = 1;
} finally {
  await bench.stop();
}

async function preface() {
  const browser = await launch();
  const version = browser.version();
  await browser.close();
  const { delayMs, bytesPerSecond } = bench.line;
  return `${new Date().toISOString().slice(0, 10)}, Chromium ${version}, ${cpus().length} cores, medians of ${bench.runs} runs.
Shaped link: ${2 * delayMs} ms round trip, ${(bytesPerSecond * 8) / 1e6} Mbit/s, shared by all connections, HTTP/1.1. Both engines come as brotli files.
duckdb-wasm is the single-threaded build (eh), gets ranged HEADs answered 206 with \`reliableHeadRequests\`, and is told which
files can hold rows of the week; its module is preloaded. Warm, its files are in its memory. Answers of warm statements are
compared; those that an engine keeps are given up before each run.`;
}

function notes() {
  const { newest, rival, problems } = bench;
  const notMeasured = problems.map((problem) => `- not measured, ${problem}`);
  const parquet = newest.hasParquet
    ? `Parquet in ${newest.name}: its extension, from DUCKDB_WASM_EXTENSIONS.`
    : `${newest.name}, the newest, reads Parquet by an extension that its npm package does not carry, and none was given:
all but its start is not measured. ${rival.name} is the last release with Parquet built in. To measure the newest, put
${extensionUrl} (3,045,039 bytes) into a folder and name it in DUCKDB_WASM_EXTENSIONS.`;
  return [...notMeasured, "", parquet].join("\n").trim();
}
