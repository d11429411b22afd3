// Parquet files that native DuckDB writes for a test run, and damaged copies of them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { oracle, string } from "./oracle.js";

/** Every codec of Parquet that DuckDB writes. */
export const codecs = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"];

/** Rows of a few plain types, with NULLs; `first` and `count` choose which. */
export function trips({ first = 0, count = 20_000 } = {}) {
  return `SELECT i AS id, 'city ' || (i * 7919 % 97) AS city,
    CASE WHEN i % 11 = 0 THEN NULL ELSE round(sin(i) * 1000, 3) END AS fare,
    TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS started, i % 3 = 0 AS shared
    FROM range(${first}, ${first + count}) AS t(i)`;
}

/** Columns of every type that DuckDB can store in Parquet: `[name, SQL expression over i]`. */
export const typedColumns = [
  ["boolean", "i % 2 = 0"],
  ["int8", "(i % 256 - 128)::TINYINT"],
  ["int16", "(i * 257 % 65536 - 32768)::SMALLINT"],
  ["int32", "CASE i WHEN 1 THEN -2147483648 ELSE 2147483647 - i END::INTEGER"],
  ["int64", "CASE i WHEN 1 THEN -9223372036854775808 ELSE 9223372036854775807 - i END::BIGINT"],
  ["uint8", "(i % 256)::UTINYINT"],
  ["uint16", "(65535 - i)::USMALLINT"],
  ["uint32", "(4294967295 - i)::UINTEGER"],
  ["uint64", "(18446744073709551615 - i)::UBIGINT"],
  ["float32", "CASE i WHEN 1 THEN 'inf' WHEN 2 THEN '-inf' WHEN 3 THEN 'nan' ELSE (i / 7.0)::VARCHAR END::FLOAT"],
  ["float64", "CASE i WHEN 1 THEN 'inf' WHEN 2 THEN '-inf' WHEN 3 THEN 'nan' ELSE (i / 7.0)::VARCHAR END::DOUBLE"],
  ["decimal_small", "(i - 50)::DECIMAL(4, 1)"],
  ["decimal_medium", "(i * 1234567.89)::DECIMAL(18, 6)"],
  ["decimal_large", "('1234567890123456789012345' || i || '.123')::DECIMAL(38, 3)"],
  ["text", "CASE i WHEN 1 THEN '' WHEN 2 THEN 'Zürich 日本 🐦' ELSE 'row ' || i END"],
  ["bytes", "CASE i WHEN 1 THEN '\\x00\\xFF\\x7F'::BLOB ELSE i::VARCHAR::BLOB END"],
  ["uuid", "md5(i::VARCHAR)::UUID"],
  ["enumerated", "(['sad', 'ok', 'happy'])[i % 3 + 1]::ENUM('sad', 'ok', 'happy')"],
  ["date", "DATE '1969-12-20' + (i * 37)::INTEGER"],
  ["time", "TIME '00:00:01.5' + INTERVAL (i * 777) SECOND"],
  ["timestamp", "TIMESTAMP '1969-12-31 23:59:59.999999' + INTERVAL (i) HOUR"],
  ["timestamp_ms", "(TIMESTAMP '2001-09-09 01:46:40.123' + INTERVAL (i) DAY)::TIMESTAMP_MS"],
  ["timestamp_ns", "('2024-02-29 12:34:56.12345678' || (i % 10))::TIMESTAMP_NS"],
  ["timestamptz", "TIMESTAMPTZ '2024-03-31 01:30:00+00' + INTERVAL (i) MINUTE"],
  ["list_of_integers", "CASE i % 4 WHEN 0 THEN [] WHEN 1 THEN [i, NULL] ELSE [i, i + 1, i + 2] END"],
  ["list_of_lists", "[[i], [i, i], []]"],
  ["fixed_size_list", "[i, i + 1, i + 2]::INTEGER[3]"],
  ["struct", "{'code': 'A' || i, 'size': {'w': i, 'h': i / 2.0::DOUBLE}}"],
  ["list_of_structs", "[{'k': 'x', 'v': i}, {'k': 'y', 'v': NULL}]"],
  ["timestamp_s", "(TIMESTAMP '2001-09-09 01:46:40' + INTERVAL (i) DAY)::TIMESTAMP_S"],
  ["huge_integer", "i::HUGEINT * 1000000000000000000"],
  ["time_with_zone", "('01:02:03+00')::TIMETZ"],
  ["bits", "'0101'::BIT"],
  ["map", "MAP {'a': i, 'b': i * 2}"],
];

/** A folder of files for one test run: `{ oracle, path, write, damage, remove }`. */
export async function fixtures() {
  const folder = mkdtempSync(join(tmpdir(), "goldpan-e2e-"));
  const duckdb = await oracle();
  const path = (name) => join(folder, name);
  return {
    oracle: duckdb,
    path,
    /** Writes the rows of a query as Parquet; `options` as DuckDB's COPY knows them. */
    async write(name, sql, options = "COMPRESSION zstd") {
      mkdirSync(dirname(path(name)), { recursive: true });
      await duckdb.run(`COPY (${sql}) TO ${string(path(name))} (FORMAT parquet, ${options})`);
      return path(name);
    },
    /** Writes a changed copy of a file. */
    damage(source, name, change) {
      writeFileSync(path(name), change(Buffer.from(readFileSync(source))));
      return path(name);
    },
    remove() {
      duckdb.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the thrift metadata of a Parquet file begins. */
export function footerOffset(bytes) {
  return bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
}

/** Ways in which a file may be broken. */
export const damages = {
  truncated: (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
  footer: (bytes) => bytes.fill(0xff, footerOffset(bytes), bytes.length - 8),
  footerLength: (bytes) => {
    bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
    return bytes;
  },
  pages: (bytes) => bytes.fill(0xff, 64, footerOffset(bytes) - 64),
  empty: () => Buffer.alloc(0),
  noParquet: () => Buffer.from("id,city\n1,Ulm\n".repeat(1000)),
};
