// An HTTP server that misbehaves as stores and proxies do. The first part of a path says how, the rest which file:
// `/denied/a.parquet`, `/good/a.parquet`.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Content-Range, Content-Length, ETag, Accept-Ranges",
};

/**
 * Starts it over files by name: `{ url(behaviour, name), requests, open(), stop() }`; `open` tells how many requests are
 * under way.
 */
export async function hostileServer(files) {
  const requests = [];
  const open = new Set();
  const server = createServer((request, response) => {
    const isSame = ({ path, range }) => path === request.url && range === request.headers.range;
    const isFirst = !requests.some(isSame);
    requests.push({ method: request.method, path: request.url, range: request.headers.range });
    open.add(request);
    response.on("close", () => open.delete(request));
    const [, behaviour, name] = decodeURIComponent(new URL(request.url, "http://host").pathname).split("/");
    behaviours[behaviour]({ request, response, bytes: readFileSync(files[name]), count: requests.length, isFirst });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    url: (behaviour, name) => `${origin}/${behaviour}/${encodeURIComponent(name)}`,
    requests,
    open: () => open.size,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const behaviours = {
  good: (exchange) => sendRange(exchange),
  denied: ({ response }) => response.writeHead(403, CORS).end("<Error><Code>AccessDenied</Code></Error>"),
  missing: ({ response }) => response.writeHead(404, CORS).end("<Error><Code>NoSuchKey</Code></Error>"),
  broken: ({ response }) => response.writeHead(500, CORS).end("oh"),
  /** The whole file, whatever was asked. */
  norange: ({ response, bytes }) => response.writeHead(200, { ...CORS, "Content-Length": bytes.length }).end(bytes),
  /** No page may read the answer. */
  nocors: (exchange) => sendRange(exchange, {}),
  /** The page may read the body, but not where in the file it belongs. */
  unexposed: (exchange) => sendRange(exchange, { "Access-Control-Allow-Origin": "*" }),
  /** The connection breaks in the middle of every body that is longer than a few bytes. */
  cut: (exchange) => {
    if (rangeOf(exchange).length < 100) return sendRange(exchange);
    const { start, end, length } = rangeOf(exchange);
    exchange.response.writeHead(206, headers(exchange, CORS));
    exchange.response.write(exchange.bytes.subarray(start, start + Math.floor(length / 2)), () => {
      exchange.response.destroy();
    });
    return end;
  },
  /** The connection breaks before there is an answer. */
  hangup: ({ request }) => request.socket.destroy(),
  /** The very first connection breaks, all others hold. */
  shaky: (exchange) => (exchange.count === 1 ? exchange.request.socket.destroy() : sendRange(exchange)),
  /** Each part is sent to those who ask for it once more. */
  busy: (exchange) => {
    if (!exchange.isFirst) return sendRange(exchange);
    return exchange.response.writeHead(503, { ...CORS, "Retry-After": "0" }).end("SlowDown");
  },
  /** Answers for the first byte and the end of the file; nothing comes of what lies between. */
  silent: (exchange) => {
    const { end, length } = rangeOf(exchange);
    if (length === 1 || end === exchange.bytes.length) sendRange(exchange);
  },
  /** Another version of the file with each request. */
  changing: (exchange) => sendRange(exchange, { ...CORS, ETag: `"version-${exchange.count}"` }),
};

function sendRange(exchange, extra = CORS) {
  const { request, response, bytes } = exchange;
  if (request.method !== "GET") return response.writeHead(405, extra).end();
  if (bytes.length === 0) {
    return response.writeHead(416, { ...extra, "Content-Range": "bytes */0" }).end();
  }
  const { start, end } = rangeOf(exchange);
  return response.writeHead(206, headers(exchange, extra)).end(bytes.subarray(start, end));
}

function rangeOf({ request, bytes }) {
  const [, first, last] = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/) ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) + 1 : bytes.length, bytes.length);
  return { start, end, length: end - start };
}

function headers(exchange, extra) {
  const { start, end, length } = rangeOf(exchange);
  return {
    "Accept-Ranges": "bytes",
    "Content-Length": length,
    "Content-Range": `bytes ${start}-${end - 1}/${exchange.bytes.length}`,
    ETag: '"one"',
    ...extra,
  };
}
