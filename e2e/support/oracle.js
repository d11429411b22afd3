// Native DuckDB, asked the same questions about the same files.
//
// Values come in the form of the console API: integers beyond 2^53 and decimals as strings, times as ISO 8601,
// bytes in hexadecimal, nested values as arrays and objects.
import { DuckDBInstance, DuckDBTypeId } from "@duckdb/node-api";

/** A DuckDB in memory with a view for each table: `{ name: [paths] }`. */
export async function oracle(tables = {}) {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const [name, paths] of Object.entries(tables)) {
    await connection.run(`CREATE VIEW ${identifier(name)} AS SELECT * FROM read_parquet([${paths.map(string)}])`);
  }
  return {
    run: (sql) => connection.run(sql),
    query: async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      const types = reader.columnTypes();
      return {
        columns: reader.columnNames(),
        rows: reader.getRows().map((row) => row.map((value, column) => plain(value, types[column]))),
      };
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A name in SQL. */
export function identifier(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function string(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

function plain(value, type) {
  if (value === null) return null;
  switch (type.typeId) {
    case DuckDBTypeId.DATE:
      return day(BigInt(value.days));
    case DuckDBTypeId.TIMESTAMP:
      return moment(value.micros * 1000n);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return `${moment(value.micros * 1000n)}Z`;
    case DuckDBTypeId.TIMESTAMP_S:
      return moment(value.seconds * 1_000_000_000n);
    case DuckDBTypeId.TIMESTAMP_MS:
      return moment(value.millis * 1_000_000n);
    case DuckDBTypeId.TIMESTAMP_NS:
      return moment(value.nanos);
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_TZ:
      return clock(value.micros * 1000n);
    case DuckDBTypeId.BLOB:
      return Buffer.from(value.bytes).toString("hex");
    case DuckDBTypeId.UUID:
      return value.toString().replaceAll("-", "");
    case DuckDBTypeId.DECIMAL:
    case DuckDBTypeId.INTERVAL:
      return value.toString();
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return value.items.map((item) => plain(item, type.valueType));
    case DuckDBTypeId.STRUCT:
      return Object.fromEntries(
        type.entryNames.map((name, index) => [name, plain(value.entries[name], type.entryTypes[index])]),
      );
    case DuckDBTypeId.MAP:
      return Object.fromEntries(
        value.entries.map((entry) => [
          String(plain(entry.key, type.keyType)),
          plain(entry.value, type.valueType),
        ]),
      );
    default:
      return typeof value === "bigint" ? integer(value) : value;
  }
}

function integer(value) {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}

const DAY_NANOSECONDS = 86_400_000_000_000n;

function day(days) {
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10);
}

function moment(nanoseconds) {
  const within = ((nanoseconds % DAY_NANOSECONDS) + DAY_NANOSECONDS) % DAY_NANOSECONDS;
  return `${day((nanoseconds - within) / DAY_NANOSECONDS)}T${clock(within)}`;
}

function clock(nanoseconds) {
  const seconds = nanoseconds / 1_000_000_000n;
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, "0"));
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, "0").replace(/0+$/, "");
  return parts.join(":") + (fraction ? `.${fraction}` : "");
}
