// Files of all three writers in one folder, made for a test run.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { oracle } from "../support/oracle.js";
import { writeByDuckdb } from "./duckdb.js";
import { pyarrowOracle, writeByPyarrow } from "./pyarrow.js";

const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/goldpan/target");
const suffix = process.platform === "win32" ? ".exe" : "";
/** The writer in Rust, compiled by `cargo build -p worker --example parquet_fixtures`. */
export const parquetRs = process.env.GOLDPAN_PARQUET_FIXTURES ?? join(target, `debug/examples/parquet_fixtures${suffix}`);

const WRITERS = {
  duckdb: writeByDuckdb,
  pyarrow: writeByPyarrow,
  "parquet-rs": (folder) => execFileSync(parquetRs, ["sound", folder], { stdio: "inherit" }),
};

/** The files of one writer and both oracles: `{ names, path(name), duckdb, pyarrow, remove() }`. */
export async function filesOf(writer) {
  const folder = mkdtempSync(join(tmpdir(), "goldpan-parquet-"));
  mkdirSync(folder, { recursive: true });
  const duckdb = await oracle();
  const pyarrow = pyarrowOracle();
  await WRITERS[writer](folder, duckdb);
  return {
    names: readdirSync(folder).sort().map((file) => file.replace(/\.parquet$/, "")),
    path: (name) => join(folder, `${name}.parquet`),
    duckdb,
    pyarrow,
    remove() {
      duckdb.close();
      pyarrow.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
