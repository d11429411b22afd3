// Parquet files of three writers, over the format's types, encodings, codecs and layouts, are read as native DuckDB
// and pyarrow read them: whole, by filters on each column, and from statistics.
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { ask, checkFile, duckdbReader } from "./parquet/check.js";
import { filesOf } from "./parquet/files.js";
import { identifier } from "./support/oracle.js";
import { suite } from "./support/suite.js";

const { test, visit } = suite();

const NO_CLIENT_FORM = "DuckDB's client has no text for TIME_NS";
const CUT = "DuckDB cuts instants to microseconds";
const TOO_LONG = "DuckDB reads more than 38 digits as DOUBLE";
const LOCAL = "DuckDB takes converted types for local times, the format for instants";
const ONLY_ARROW = "only Arrow's schema in the file's metadata tells the type";

/** What an oracle does not read as the format says, so that the other one vouches for it: columns, and whole files. */
const ORACLES = {
  duckdb: {
    differs: {
      decimal_76_20: TOO_LONG,
      decimal256: TOO_LONG,
      time_ns: NO_CLIENT_FORM,
      instant_ns: CUT,
      timestamp_s: ONLY_ARROW,
      duration_ms: ONLY_ARROW,
      timestamp_millis: LOCAL,
      timestamp_micros: LOCAL,
      enum: "DuckDB takes ENUM for text, Arrow for bytes",
      items: "DuckDB takes a repeated group of one field for the field",
    },
    // It knows neither the split of integers, nor BSON, nor Hadoop's LZ4, nor the old name of maps.
    cannotRead: /byte_stream_split|_bson$|^rs_lz4_v|map_key_value/,
  },
  pyarrow: { differs: {}, cannotRead: undefined },
};

/** Files whose layout steers filters and aggregates: statistics, indexes, encodings that are skipped over. */
const FILTERED = new Set(
  `duckdb_zstd_v1 duckdb_zstd_v2
  py_bloom_filters py_byte_stream_split_v1 py_delta_v2 py_dictionary_overflow py_int96 py_integer_decimals
  py_no_arrow_schema py_no_statistics py_one_row_a_group py_page_index py_plain_v2 py_version_1
  rs_bloom_filters_in_groups rs_byte_stream_split_v2 rs_delta_binary_packed_v1 rs_logical_empty_groups
  rs_logical_small_pages rs_logical_short_statistics rs_no_offset_index rs_no_row_groups rs_one_row_a_page
  rs_statistics_page rs_statistics_short`.split(/\s+/),
);

/** Files that are asked for less than everything, below. */
const APART = /_many_columns$|_huge_strings|_interval|_uint32_v2$/;

for (const writer of ["duckdb", "pyarrow", "parquet-rs"]) {
  let files;
  let oracles;
  before(async () => {
    files = await filesOf(writer);
    oracles = {
      duckdb: { ...ORACLES.duckdb, read: duckdbReader(files.duckdb) },
      pyarrow: { ...ORACLES.pyarrow, read: (path) => files.pyarrow.read(path) },
    };
  });
  after(() => files?.remove());

  test(`files of ${writer} hold what the oracles read`, async (t) => {
    const page = await visit();
    for (const name of files.names.filter((name) => !APART.test(name))) {
      await t.test(name, () => checkFile(page, files.path(name), name, { oracles, filters: FILTERED.has(name) }));
    }
  });

  test(`long texts of ${writer} come whole, and wide tables by the columns that are asked for`, async () => {
    const page = await visit();
    for (const name of files.names.filter((name) => /_huge_strings/.test(name))) {
      const table = identifier(await page.open([files.path(name)]));
      const sql = `SELECT id, length(text) AS n, text FROM ${table} WHERE text IS NOT NULL AND text > 'b' ORDER BY id`;
      const [{ rows }] = await ask(page, [sql]);
      const expected = (await duckdbReader(files.duckdb)(files.path(name))).rows.filter(([, text]) => text > "b");
      assert.ok(expected.length > 1, name);
      assert.deepEqual(
        rows.map(([id, length, text]) => [id, length, text === expected.find(([other]) => other === id)[1]]),
        expected.map(([id, text]) => [id, text.length, true]),
      );
    }
    for (const name of files.names.filter((name) => /_many_columns$/.test(name))) {
      const table = identifier(await page.open([files.path(name)]));
      const sql = `SELECT c0, c1, c5000, c9999 FROM ${table} WHERE c9998 IS NOT NULL`;
      const [{ columns, rows }] = await ask(page, [sql]);
      const expected = await files.duckdb.query(sql.replace(table, `read_parquet('${files.path(name)}')`));
      assert.deepEqual([columns.map((column) => column.name), rows], [expected.columns, expected.rows]);
    }
  });
}

test("an INTERVAL is refused by name, and the columns beside it are read", async () => {
  const files = await filesOf("parquet-rs");
  try {
    const page = await visit();
    const table = identifier(await page.open([files.path("rs_logical_interval")]));
    const [refused, text] = await ask(page, [`SELECT * FROM ${table}`, `SELECT count(text) AS n FROM ${table}`]);
    assert.match(`${refused.failure?.kind}: ${refused.failure?.message}`, /^InvalidQuery: .*wait.*INTERVAL/);
    assert.ok(text.rows[0][0] > 100, JSON.stringify(text));
  } finally {
    files.remove();
  }
});

test("what DuckDB alone can read is no wrong answer here", async () => {
  const files = await filesOf("duckdb");
  try {
    const page = await visit();
    const name = "duckdb_uint32_v2";
    const table = identifier(await page.open([files.path(name)]));
    const [answer] = await ask(page, [`SELECT * FROM ${table}`]);
    if (answer.failure) return assert.equal(answer.failure.kind, "CorruptFile");
    assert.deepEqual(answer.rows, (await duckdbReader(files.duckdb)(files.path(name))).rows);
  } finally {
    files.remove();
  }
});
