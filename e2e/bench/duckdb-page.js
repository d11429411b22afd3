// The other engine's page: duckdb-wasm as its documentation sets it up, in its best configuration for remote Parquet.
// Bundled once for each version; the worker and the module lie beside it.
import * as duckdb from "duckdb-wasm";

const here = new URL(".", location.href);

const worker = new Worker(new URL("duckdb-browser-eh.worker.js", here));
const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
const connected = (async () => {
  await database.instantiate(new URL("duckdb-eh.wasm", here).href);
  await database.open({
    path: ":memory:",
    // A HEAD with a range tells the size by its 206; files are never read whole.
    filesystem: { reliableHeadRequests: true, allowFullHTTPReads: false, forceFullHTTPReads: false },
    query: { castBigIntToDouble: true },
  });
  const connection = await database.connect();
  await connection.query(`SET custom_extension_repository = '${new URL("/extensions", here).href}'`).catch(() => {});
  // Footers are parsed once; the setting's name changed between versions.
  await connection.query("SET enable_object_cache = true").catch(() => {});
  await connection.query("SET parquet_metadata_cache = true").catch(() => {});
  return connection;
})();

/** Makes a view of Parquet files: read by ranges where they are, or downloaded first when `inMemory`. */
async function open(table, urls, { inMemory = false } = {}) {
  const connection = await connected;
  const names = await Promise.all(
    urls.map(async (url, index) => {
      const name = `${table}-${index}.parquet`;
      const address = new URL(url, here).href;
      if (inMemory) {
        const bytes = await (await fetch(address)).arrayBuffer();
        await database.registerFileBuffer(name, new Uint8Array(bytes));
      } else {
        await database.registerFileURL(name, address, duckdb.DuckDBDataProtocol.HTTP, false);
      }
      return `'${name}'`;
    }),
  );
  await connection.query(`CREATE OR REPLACE VIEW ${table} AS SELECT * FROM read_parquet([${names}])`);
}

/** The rows of a statement as arrays; times as milliseconds, whole numbers as numbers, decimals as texts. */
async function rows(sql) {
  const result = await (await connected).query(sql);
  const columns = result.schema.fields.map(({ type }, index) => {
    const column = result.getChildAt(index);
    return (row) => plain(column.get(row), type.scale);
  });
  return Array.from({ length: result.numRows }, (_, row) => columns.map((valueAt) => valueAt(row)));
}

function plain(value, scale = 0) {
  // A decimal, as a sum of integers is, has 128 bits, the lowest ones first.
  if (value instanceof Uint32Array) {
    const whole = BigInt.asIntN(128, value.reduceRight((sum, part) => (sum << 32n) | BigInt(part), 0n));
    return scale === 0 ? Number(whole) : pointed(whole, scale);
  }
  return typeof value === "bigint" ? Number(value) : value;
}

function pointed(whole, scale) {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, "0");
  return `${whole < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

window.engine = {
  open,
  rows,
  run: async (sql) => (await (await connected).query(sql)).numRows,
  ready: connected,
};
