// Plain static hosting: the built site with another goldpan.json, and folders beside it, with range requests.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { site } from "./paths.js";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** Serves the site over `lake`, with `documents` (path to JSON) and `folders` (prefix to folder): `{ url, stop() }`. */
export async function staticServer({ lake, documents = {}, folders = {} }) {
  const json = { "/goldpan.json": { lake }, ...documents };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    if (json[path]) return response.writeHead(200, { "Content-Type": TYPES[".json"] }).end(JSON.stringify(json[path]));
    const prefix = Object.keys(folders).find((known) => path.startsWith(known));
    const file = prefix ? join(folders[prefix], path.slice(prefix.length)) : join(site, path === "/" ? "index.html" : path);
    return sendFile(request, response, file);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  // The shape of what `serve` gives: store and site are one origin here.
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, objects: url, output: () => "", stop };
}

function sendFile(request, response, file) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) return response.writeHead(404).end();
  const type = TYPES[extname(file)] ?? "application/octet-stream";
  // As web servers make them: of size and time of change.
  const shared = { "Content-Type": type, ETag: `"${found.size.toString(16)}-${Math.round(found.mtimeMs).toString(16)}"` };
  const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...shared, "Content-Length": found.size });
    return createReadStream(file).pipe(response);
  }
  const [start, end] = [Number(first), Math.min(last ? Number(last) : found.size - 1, found.size - 1)];
  response.writeHead(206, {
    ...shared,
    "Content-Length": end - start + 1,
    "Content-Range": `bytes ${start}-${end}/${found.size}`,
  });
  return createReadStream(file, { start, end }).pipe(response);
}
