// What all parts of the bench share: the lake, the engines, one server for all of them, and what went wrong.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { line, shapedLink } from "../support/link.js";
import { duckdb, goldpan } from "./engines.js";
import { prepare } from "./prepare.js";
import { benchServer } from "./server.js";

/** Opens a bench; `stop()` ends its servers. */
export async function openBench({ lake, site, pages, tables, runs }) {
  const releases = prepare(pages, process.env.DUCKDB_WASM_EXTENSIONS);
  const newest = duckdb(releases.newest);
  // The newest where it can read Parquet, else the last release that has it built in.
  const rival = newest.hasParquet ? newest : duckdb(releases.builtIn);
  const server = await benchServer({
    "/": site,
    "/gold/": lake,
    "/duckdb-wasm/": join(pages, "duckdb-wasm"),
    "/extensions/": join(pages, "extensions"),
  });
  const slow = line({ delayMs: 20, bytesPerSecond: 50e6 / 8 });
  const link = await shapedLink(server.url, slow);
  return new Bench({ lake, site, pages, tables, runs, releases, newest, rival, server, line: slow, link });
}

class Bench {
  constructor(parts) {
    Object.assign(this, parts);
    this.goldpan = goldpan;
    /** The other engine at its best for many statements. */
    this.inMemory = { ...this.rival, name: `${this.rival.name}, files in memory` };
    /** What could not be measured, and why. */
    this.problems = [];
  }

  /** A table's manifest. */
  manifestOf(table) {
    const read = (key) => JSON.parse(readFileSync(join(this.lake, key), "utf8"));
    const entry = read("catalog.json").tables.find(({ name }) => name === table);
    if (!entry) throw new Error(`the lake ${this.lake} has no table ${table}: \`cargo xtask bench\` makes it`);
    return read(entry.manifest);
  }

  /** What an engine opens: tables, each with the addresses of its files. */
  opened(tables) {
    return tables.map((table) => ({ table, urls: this.manifestOf(table).files.map(({ key }) => `/gold/${key}`) }));
  }

  /** Samples of both, by a function of the engine. */
  against(other, samplesOf) {
    return { goldpan: samplesOf(this.goldpan), other: samplesOf(other), otherName: other.name };
  }

  say(what) {
    console.error(`  ${what}`);
  }

  /** Notes that something was not measured; it does not keep the rest from being measured. */
  failed(what, error) {
    const [message] = error.message.split(/\n\s+at /);
    const problem = `${what}: ${message}`;
    this.problems.push(problem);
    this.say(`not measured, ${problem}`);
  }

  async stop() {
    await this.link.stop();
    await this.server.stop();
  }
}
