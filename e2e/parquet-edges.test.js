// Parquet files that are sound and still lead a reader astray.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { ask, checkFile, duckdbReader } from "./parquet/check.js";
import { filesOf } from "./parquet/files.js";
import { identifier } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

let duckdb;
let pyarrow;
let rust;
before(async () => {
  [duckdb, pyarrow, rust] = [await filesOf("duckdb"), await filesOf("pyarrow"), await filesOf("parquet-rs")];
});
after(() => [duckdb, pyarrow, rust].forEach((files) => files?.remove()));

test("a row group without bounds is read, whatever bounds the others have", async () => {
  const read = duckdbReader(duckdb.duckdb);
  await checkFile(await visit(), duckdb.path("duckdb_groups"), "duckdb_groups", {
    oracles: { duckdb: { read, differs: {} } },
    filters: true,
  });
});

for (const name of ["py_empty_groups", "py_no_rows"]) {
  test(`filters pass over row groups without rows: ${name}`, async () => {
    const read = (path) => pyarrow.pyarrow.read(path);
    await checkFile(await visit(), pyarrow.path(name), name, { oracles: { pyarrow: { read, differs: {} } }, filters: true });
  });
}


test("an INTERVAL within a record is refused by name", async () => {
  const page = await visit();
  const table = identifier(await page.open([rust.path("rs_legacy_interval_in_record")]));
  const [{ failure, rows }] = await ask(page, [`SELECT record FROM ${table}`]);
  assert.match(`${failure?.kind}: ${failure?.message}`, /^InvalidQuery: .*record.*INTERVAL/, JSON.stringify(rows));
});
