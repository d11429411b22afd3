// Parquet files written by DuckDB: every type that it stores, in both versions of its writer, every codec and layout.
import { join } from "node:path";

import { codecs, typedColumns } from "../support/fixtures.js";
import { identifier, string } from "../support/oracle.js";

/** Columns that DuckDB can store beside the common ones of `typedColumns`. */
const more = [
  ["decimal_integer", "(i * 7919 - 300000)::DECIMAL(9, 0)"],
  ["decimal_fraction", "('0.' || lpad(i::VARCHAR, 38, '7'))::DECIMAL(38, 38)"],
  ["decimal_negative", "('-9999999999999999999999999999999999' || lpad(i::VARCHAR, 4, '0'))::DECIMAL(38, 0)"],
  ["unsigned_huge", "i::UHUGEINT * 7"],
  ["json", `('{"k": ' || i || '}')::JSON`],
  ["timestamp_us_far", "CASE i WHEN 1 THEN TIMESTAMP '0001-01-01' WHEN 2 THEN TIMESTAMP '9999-12-31 23:59:59.999999' ELSE TIMESTAMP '1900-01-01' + INTERVAL (i) MONTH END"],
  ["long_text", "repeat(chr((97 + i % 26)::INTEGER), (i * 37 % 500)::INTEGER)"],
  ["low_cardinality", "'value ' || (i % 3)"],
  ["sorted", "i * 1000"],
  ["only_null", "NULL::INTEGER"],
  ["mostly_null", "CASE WHEN i % 50 = 0 THEN i END"],
  ["deep_list", "[[[i], NULL], [], NULL]"],
  ["struct_of_lists", "{'a': [i, NULL], 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE ['x' || i] END}"],
  ["list_of_structs_of_lists", "[{'a': [i], 'b': [{'c': 'x' || i}]}, {'a': NULL, 'b': []}, NULL]"],
  ["map_of_structs", "MAP {i: {'x': i, 'y': [i]}, i + 1000: NULL}"],
  ["null_or_empty", "CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN [] ELSE [NULL::INTEGER] END"],
  ["union_of_types", "CASE WHEN i % 2 = 0 THEN union_value(num := i::INTEGER)::UNION(num INTEGER, str VARCHAR) ELSE union_value(str := 'x' || i)::UNION(num INTEGER, str VARCHAR) END"],
];

const common = [...typedColumns, ...more];

/** Rows of those columns; every eleventh is NULL (but DuckDB has no CASE of arrays). */
function rows(count, wanted = common) {
  const nullable = ([name, expression]) =>
    name === "fixed_size_list" ? expression : `CASE WHEN i % 11 = 0 THEN NULL ELSE ${expression} END`;
  const columns = wanted.map((column) => `${nullable(column)} AS ${identifier(column[0])}`);
  return `SELECT i - 1 AS id, ${columns.join(", ")} FROM range(1, ${count + 1}) AS t(i) ORDER BY i`;
}

/** Writes the files below the folder. */
export async function writeByDuckdb(folder, duckdb) {
  const write = (name, sql, options) =>
    duckdb.run(`COPY (${sql}) TO ${string(join(folder, `duckdb_${name}.parquet`))} (FORMAT parquet, ${options})`);
  for (const codec of codecs) {
    for (const version of ["v1", "v2"]) {
      const columns = common.filter(([name]) => version === "v1" || name !== "uint32");
      await write(`${codec}_${version}`, rows(230, columns), `COMPRESSION ${codec}, PARQUET_VERSION ${version}`);
    }
  }
  const scalar = typedColumns.filter(([name]) => !/list|struct|map/.test(name));
  await write("groups", rows(6000, scalar.slice(0, 11).filter(([name]) => name !== "uint32")), "ROW_GROUP_SIZE 2048, PARQUET_VERSION v2");
  await write("no_dictionary", rows(230), "DICTIONARY_SIZE_LIMIT 1, WRITE_BLOOM_FILTER false");
  await write("dictionary", rows(230), "STRING_DICTIONARY_PAGE_SIZE_LIMIT 100000000, DICTIONARY_SIZE_LIMIT 100000");
  await write("no_rows", `SELECT * FROM (${rows(5)}) WHERE false`, "PARQUET_VERSION v1");
  // DuckDB's second version packs differences of more than 32 bits for UINT32, which no other reader takes.
  await write("uint32_v2", "SELECT i AS id, (i % 2 * 4294967295)::UINTEGER AS value FROM range(100) AS t(i)", "PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1");
  const many = Array.from({ length: 10_000 }, (_, index) => `(i + ${index})::INTEGER AS c${index}`);
  await write("many_columns", `SELECT ${many.join(", ")} FROM range(3) AS t(i)`, "COMPRESSION snappy");
  await write("huge_strings", "SELECT i AS id, repeat(chr((97 + i)::INTEGER), 5000000) AS text FROM range(4) AS t(i)", "COMPRESSION zstd");
}
