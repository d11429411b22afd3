// A folder of Parquet that somebody else wrote, opened as it is: by `ingest adopt` and `ingest serve`, without a project.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";

import { openPage } from "./support/browser.js";
import { assertSameResult } from "./support/compare.js";
import { oracle, string } from "./support/oracle.js";
import { openField, settled } from "./support/page.js";
import { ingest } from "./support/paths.js";
import { serve } from "./support/server.js";
import { suite } from "./support/suite.js";

const { shared, test } = suite();

let lake;
let duckdb;
let server;
before(async () => {
  lake = mkdtempSync(join(tmpdir(), "goldpan-adopted-"));
  duckdb = await oracle();
  const sales = join(lake, "sales");
  await duckdb.run(
    `COPY (SELECT i AS id, i * 7 % 1000 / 4.0::DOUBLE AS price, 2000 + i % 3 AS year,
            CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'Nord/West' ELSE 'south ' || i % 5 END AS region
     FROM range(60000) t(i)) TO ${string(sales)} (FORMAT parquet, PARTITION_BY (year, region))`,
  );
  await duckdb.run(
    `CREATE VIEW sales AS SELECT id, price, region, year FROM read_parquet(${string(join(sales, "**/*.parquet"))},
     hive_partitioning = true, hive_types = {'year': BIGINT, 'region': VARCHAR})`,
  );
  await promisify(execFile)(ingest, ["adopt", lake]);
  server = await serve([lake]);
});
after(async () => {
  await server?.stop();
  duckdb?.close();
  rmSync(lake, { recursive: true, force: true });
});

/** What a visit asked for of data files. */
const parquet = (visit) => visit.requests.filter((request) => new URL(request.url()).pathname.endsWith(".parquet"));

test("columns that stand in folders are sliced like others, and answer as DuckDB does", async (t) => {
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  for (const sql of [
    "SELECT region, year, count(*) AS n, sum(id) AS ids FROM sales GROUP BY region, year ORDER BY year, region NULLS FIRST",
    "SELECT count(*) AS n, min(id) AS first FROM sales WHERE year = 2001 AND region = 'Nord/West'",
    "SELECT max(price) AS price FROM sales WHERE region IS NULL OR year > 2001 AND id < 100",
    "SELECT id, region, year FROM sales WHERE region LIKE 'south%' ORDER BY year DESC, id LIMIT 5",
    "SELECT a.year, count(*) AS n FROM sales a JOIN sales b ON a.year = b.year AND a.id = b.id GROUP BY 1 ORDER BY 1",
  ]) {
    assertSameResult(await visit.query(sql), await duckdb.query(sql));
  }
});

test("they cost no column of a file, and files that they rule out are not opened", async (t) => {
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  const { rows } = await visit.query("SELECT max(price) AS price FROM sales WHERE year = 2001 AND region = 'south 2'");
  assert.deepEqual(rows, [[249.75]]);
  const files = new Set(parquet(visit).map((request) => decodeURIComponent(new URL(request.url()).pathname)));
  assert.equal(files.size, 1, [...files].join(", "));
  assert.match([...files][0], /year=2001\/region=south/);
});

test("the page lists them, with facets that filter", async (t) => {
  const visit = await openPage(shared.browser, server);
  t.after(() => visit.close());
  await visit.find("table-sales").click();
  await visit.find("row-count").filter({ hasText: "60,000" }).waitFor();
  await settled(visit);
  await openField(visit, "region");
  await visit.find("facet-region-south 2").click();
  await visit.find("matching-rows").filter({ hasText: "12,000 rows match" }).waitFor();
  await openField(visit, "year");
  await visit.find("facet-year-2001").click();
  await visit.find("matching-rows").filter({ hasText: "4,000 rows match" }).waitFor();
  await settled(visit);
});
