// Links between a browser and a server, in their way as networks are: slow ones, and ones that break.
//
// Signed URLs hold where they are valid. Put a link before the store of `ingest serve` by its option `--s3-url`; the
// header Host passes unchanged, so signatures stay right.
import { Agent, createServer as createHttpServer, request as forward } from "node:http";
import { connect, createServer } from "node:net";

/** What `faultyLink` does to a request: each kind as networks and stores do it. */
export const faults = ["500", "503", "429", "reset", "cut", "stall"];

const CORS = { "Access-Control-Allow-Origin": "*" };

/** A line of so much delay and so much bandwidth each way; links that share it share its bandwidth. */
export function line({ delayMs, bytesPerSecond }) {
  const direction = () => new Direction(delayMs, bytesPerSecond);
  return { delayMs, bytesPerSecond, up: direction(), down: direction() };
}

/**
 * A link over a line: `{ url, target, received, stop() }`. A connection takes the round trip of its handshake; slow
 * start is not modelled.
 */
export async function shapedLink(target, { delayMs, bytesPerSecond, up, down }) {
  const link = { url: undefined, target, received: 0, stop: undefined };
  const windowBytes = Math.max(65_536, (2 * delayMs * bytesPerSecond) / 1000);
  const open = new Set();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (near) => {
    const { hostname, port } = new URL(link.target);
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => open.delete(socket));
    }
    near.on("close", () => far.destroy());
    far.on("close", () => down.send(0, () => near.destroy()));
    relay(far, near, down, windowBytes, (bytes) => (link.received += bytes));
    setTimeout(() => relay(near, far, up, windowBytes), 2 * delayMs);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  link.url = `http://127.0.0.1:${server.address().port}`;
  link.stop = () => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return link;
}

/** One way of a link: what is sent leaves when the line is free and arrives a delay later, in order. */
class Direction {
  #freeAt = 0;
  #underWay = [];
  #timer;

  constructor(delayMs, bytesPerSecond) {
    this.delayMs = delayMs;
    this.bytesPerMs = bytesPerSecond / 1000;
  }

  send(bytes, arrive) {
    this.#freeAt = Math.max(this.#freeAt, performance.now()) + bytes / this.bytesPerMs;
    this.#underWay.push({ at: this.#freeAt + this.delayMs, arrive });
    this.#wait();
  }

  #wait() {
    if (this.#timer !== undefined || this.#underWay.length === 0) return;
    this.#timer = setTimeout(() => this.#deliver(), this.#underWay[0].at - performance.now());
  }

  #deliver() {
    this.#timer = undefined;
    const due = performance.now() + 0.5;
    while (this.#underWay.length > 0 && this.#underWay[0].at <= due) this.#underWay.shift().arrive();
    this.#wait();
  }
}

/** Sends what comes from one socket to another by a direction, at most `windowBytes` at once as TCP does. */
function relay(from, to, direction, windowBytes, count = () => {}) {
  let underWay = 0;
  from.on("data", (chunk) => {
    underWay += chunk.length;
    if (underWay > windowBytes) from.pause();
    direction.send(chunk.length, () => {
      underWay -= chunk.length;
      count(chunk.length);
      if (!to.destroyed) to.write(chunk);
      if (underWay <= windowBytes) from.resume();
    });
  });
  from.on("end", () => direction.send(0, () => to.end()));
  from.resume();
}

/**
 * An HTTP link that spoils a share of the requests, chosen by a seed: `{ url, target, share, kinds, spoils, requests,
 * stop() }`. All but `url` and `stop` may be set at any time; `spoils(request)` says which requests may suffer. Each of
 * `requests` is `{ method, path, range, fault }`.
 */
export async function faultyLink({ seed = 1, target, spoils = () => true } = {}) {
  const random = generator(seed);
  const agent = new Agent({ keepAlive: true });
  const link = { url: undefined, target, share: 0, kinds: faults, stallMs: 3000, spoils, requests: [] };
  const server = createHttpServer((request, response) => {
    const isPreflight = request.method === "OPTIONS";
    const isSpoilt = !isPreflight && link.spoils(request) && random() < link.share;
    const fault = isSpoilt ? link.kinds[Math.floor(random() * link.kinds.length)] : undefined;
    link.requests.push({
      method: request.method,
      path: new URL(request.url, link.url).pathname,
      range: request.headers.range,
      fault,
    });
    answer({ link, agent, request, response, fault });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  link.url = `http://127.0.0.1:${server.address().port}`;
  link.stop = () => {
    agent.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return link;
}

function answer({ link, agent, request, response, fault }) {
  switch (fault) {
    case undefined:
      return pass({ link, agent, request, response });
    case "reset":
      return request.socket.destroy();
    case "cut":
      return pass({ link, agent, request, response, isCut: true });
    case "stall":
      return setTimeout(() => pass({ link, agent, request, response }), link.stallMs);
    default:
      request.resume();
      return response
        .writeHead(Number(fault), { ...CORS, "Content-Type": "application/xml" })
        .end("<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>");
  }
}

/** Hands the request on and the answer back; a cut one ends in the middle of its body. */
function pass({ link, agent, request, response, isCut = false }) {
  const { method, url, headers } = request;
  const { hostname, port } = new URL(link.target);
  const onward = forward({ host: hostname, port, method, path: url, headers, agent }, (incoming) => {
    response.writeHead(incoming.statusCode, incoming.headers);
    if (!isCut) return incoming.pipe(response);
    incoming.once("data", (chunk) => {
      incoming.destroy();
      response.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => response.destroy());
    });
    return incoming.once("end", () => response.destroy());
  });
  // A server that is gone closes the connection here too.
  onward.on("error", () => response.destroy());
  response.on("close", () => response.writableFinished || onward.destroy());
  request.pipe(onward);
}

/** Numbers at random from 0 to 1 that a seed decides (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A port that nobody listens on, for a server that must be named before it is started. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
