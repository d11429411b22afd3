// Makes the other engine's folder to serve: page, worker and module of each version, with brotli files beside them, as
// a person would deploy it. Kept from run to run.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

import { buildSync } from "esbuild";

import { root } from "../support/paths.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Where the newest release looks for Parquet, below an extension repository. */
const EXTENSION = "v1.4.3/wasm_eh/parquet.duckdb_extension.wasm";

export const extensionUrl = `https://extensions.duckdb.org/${EXTENSION}`;

/** The newest release, whose Parquet reader is an extension, and the last release that has it built in. */
const PACKAGES = { newest: "@duckdb/duckdb-wasm", builtIn: "duckdb-wasm-with-parquet" };

/**
 * Prepares `folder`: `{ newest, builtIn }`, each `{ version, path, hasParquet }`. `extensions` is a copy of DuckDB's
 * extension repository, or a folder with its Parquet extension alone.
 */
export function prepare(folder, extensions) {
  const releases = {};
  for (const [role, name] of Object.entries(PACKAGES)) {
    const source = join(root, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
    release(source, join(folder, "duckdb-wasm", version));
    releases[role] = { version, path: `/duckdb-wasm/${version}/`, hasParquet: role === "builtIn" };
  }
  releases.newest.hasParquet = copyExtensions(extensions, join(folder, "extensions"));
  return releases;
}

function release(source, folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of ["duckdb-eh.wasm", "duckdb-browser-eh.worker.js"]) {
    copyFileSync(join(source, "dist", file), join(folder, file));
  }
  copyFileSync(join(here, "duckdb-page.html"), join(folder, "index.html"));
  buildSync({
    entryPoints: [join(here, "duckdb-page.js")],
    alias: { "duckdb-wasm": source },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outfile: join(folder, "page.js"),
    logLevel: "error",
  });
  for (const file of ["duckdb-eh.wasm", "duckdb-browser-eh.worker.js", "page.js"]) pack(join(folder, file));
}

/** Copies the Parquet extension to where duckdb-wasm looks for it; whether there is one. */
function copyExtensions(from, to) {
  if (!from) return false;
  const files = readdirSync(from, { recursive: true }).filter((path) => path.endsWith("parquet.duckdb_extension.wasm"));
  const file = files.find((path) => path.includes("wasm_eh")) ?? files[0];
  if (!file) {
    throw new Error(`${from} (DUCKDB_WASM_EXTENSIONS) has no parquet.duckdb_extension.wasm: put ${extensionUrl} there`);
  }
  const copy = join(to, EXTENSION);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(join(from, file), copy);
  pack(copy);
  return true;
}

/** Writes `<file>.br` unless it is of this content already. */
function pack(file) {
  const bytes = readFileSync(file);
  const hash = createHash("sha256").update(bytes).digest("hex");
  const stamp = `${file}.sha256`;
  if (existsSync(`${file}.br`) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(stamp, hash);
}
