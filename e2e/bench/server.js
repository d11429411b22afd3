// One server for both engines: the built site, the other engine's page, and the lake at a plain address.
//
// What it answers is what `ingest serve` and a bucket answer: brotli where there is a `.br` file, names with a hash are
// cached for good and all else of a site is revalidated, ranges of objects are 206 also to HEAD, and objects have no
// Cache-Control. Every request for an object is written down.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};
const OBJECTS = "/gold/";
const SITE_CONFIG = JSON.stringify({ lake: { kind: "base_url", url: "gold/" } });

/**
 * Serves `folders` (prefix to folder; the longest prefix that fits counts): `{ url, takeObjects(), takeSite(), stop() }`.
 * Both give what was asked for since they were last called, as `{ method, path, range, status, bytes }`.
 */
export async function benchServer(folders) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const asked = { objects: [], site: [] };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const entry = { method: request.method, path, range: request.headers.range, status: 0, bytes: 0 };
    asked[path.startsWith(OBJECTS) ? "objects" : "site"].push(entry);
    response.on("close", () => (entry.status = response.statusCode));
    if (path === "/goldpan.json") {
      return response.writeHead(200, { "Content-Type": TYPES[".json"], "Cache-Control": "no-cache" }).end(SITE_CONFIG);
    }
    const prefix = prefixes.find((known) => path.startsWith(known));
    const file = join(folders[prefix], path.slice(prefix.length), path.endsWith("/") ? "index.html" : "");
    return send(request, response, file, entry);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const take = (kind) => asked[kind].splice(0);
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    takeObjects: () => take("objects"),
    takeSite: () => take("site"),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(request, response, file, entry) {
  const isObject = entry.path.startsWith(OBJECTS);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) return response.writeHead(404).end();
  const headers = {
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    ETag: `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"`,
    "Last-Modified": found.mtime.toUTCString(),
    ...(isObject ? { "Accept-Ranges": "bytes" } : { "Cache-Control": caching(entry.path) }),
  };
  if (request.headers["if-none-match"] === headers.ETag) return response.writeHead(304, headers).end();
  if (isObject) return sendRange(request, response, { file, size: found.size, headers, entry });
  const packed = statSync(`${file}.br`, { throwIfNoEntry: false });
  const isPacked = packed?.isFile() && /\bbr\b/.test(request.headers["accept-encoding"] ?? "");
  entry.bytes = isPacked ? packed.size : found.size;
  response.writeHead(200, { ...headers, "Content-Length": entry.bytes, ...(isPacked && { "Content-Encoding": "br" }) });
  return createReadStream(isPacked ? `${file}.br` : file).pipe(response);
}

function sendRange(request, response, { file, size, headers, entry }) {
  const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) : size - 1, size - 1);
  if (start > end) return response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
  response.writeHead(first === undefined ? 200 : 206, {
    ...headers,
    "Content-Length": end - start + 1,
    ...(first !== undefined && { "Content-Range": `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === "HEAD") return response.end();
  entry.bytes = end - start + 1;
  return createReadStream(file, { start, end, highWaterMark: 262_144 }).pipe(response);
}

/** As `ingest serve` decides it; the other engine's folders carry its version in their names. */
function caching(path) {
  const isNamedByContent = /-[0-9a-f]{12,16}(_bg)?\.(js|wasm|css)$/.test(path);
  return isNamedByContent || path.startsWith("/duckdb-wasm/") || path.startsWith("/extensions/")
    ? "public, max-age=31536000, immutable"
    : "no-cache";
}
