// Writes <file>.br beside each wasm, js and css file of a folder and prints a table of sizes.
// Usage: node compress.mjs <folder> <cache>. The cache holds compressed files by the hash of their input.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
const [folder, cache] = process.argv.slice(2);

async function compressed(path) {
  const input = await readFile(path);
  const kept = join(cache, createHash("sha256").update(input).digest("hex"));
  if (!(await stat(kept).catch(() => null))) {
    const output = await compress(input, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: input.length,
      },
    });
    await writeFile(`${kept}.tmp`, output);
    await rename(`${kept}.tmp`, kept);
  }
  await copyFile(kept, `${path}.br`);
  return { name: relative(folder, path), raw: input.length, brotli: (await stat(kept)).size };
}

await mkdir(cache, { recursive: true });
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile() && /\.(wasm|js|css)$/.test(entry.name))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const rows = (await Promise.all(files.map(compressed))).sort((a, b) => b.brotli - a.brotli);
const total = { name: "total", raw: 0, brotli: 0 };
for (const { raw, brotli } of rows) {
  total.raw += raw;
  total.brotli += brotli;
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
const width = Math.max(...rows.map(({ name }) => name.length), "total".length);
console.log(`${"file".padEnd(width)} ${"raw".padStart(12)} ${"brotli".padStart(12)}`);
for (const { name, raw, brotli } of [...rows, total]) {
  console.log(`${name.padEnd(width)} ${kilobytes(raw)} ${kilobytes(brotli)}`);
}
