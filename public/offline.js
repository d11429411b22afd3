// Opens the page without a network: a service worker that keeps the site's own files. The page registers it when
// somebody pins a table. What is pinned is the engine's (worker/src/edge/disk): no request for data is touched here.
//
// The site's build writes the list of its files, with a hash of each, into the next line. So another deployment is
// another script: browsers notice that by themselves, install it beside this one and let it take over.
const SITE = { version: "", files: {} };

/** Holds which lake the page opens; servers may answer with what is in no file. */
const CONFIG = "goldpan.json";
/** A network that has not answered by then counts as none. */
const PATIENCE_MS = 5_000;

const scope = self.registration.scope;
const ownCaches = `goldpan ${scope} `;
const ownCache = ownCaches + SITE.version;
/** Addresses to the names of files; the page itself is the folder. */
const files = new Map(
  Object.keys(SITE.files).map((name) => [new URL(name === "index.html" ? "./" : name, scope).href, name]),
);

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("fetch", (event) => {
  const url = fileAddress(event.request);
  if (url) event.respondWith(isNamedByContent(files.get(url)) ? kept(event.request, url) : current(event.request, url));
});

async function install() {
  const cache = await caches.open(ownCache);
  try {
    await Promise.all([...files.keys()].map((url) => keep(cache, url)));
  } catch (error) {
    await caches.delete(ownCache);
    throw error;
  }
  await skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(ownCaches) && name !== ownCache);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

async function keep(cache, url) {
  const response = await fetch(url, { cache: "no-cache" });
  if (response.ok) return cache.put(url, plain(response));
  // A site may do without: then it has no lake.
  if (files.get(url) !== CONFIG) throw new Error(`${url} was answered with ${response.status}`);
}

/** A page may not be answered by a response that was redirected. */
function plain(response) {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}

/** The address of the file that is asked for; none for everything else, above all for data. */
function fileAddress(request) {
  if (request.method !== "GET" || request.headers.has("range")) return undefined;
  const url = new URL(request.url);
  url.hash = "";
  if (request.mode === "navigate") {
    url.search = "";
    url.pathname = url.pathname.replace(/\/index\.html$/, "/");
  }
  return files.has(url.href) ? url.href : undefined;
}

function isNamedByContent(name) {
  return /-[0-9a-f]{12,16}(_bg)?\.(js|wasm|css)$/.test(name);
}

async function kept(request, url) {
  const cache = await caches.open(ownCache);
  return (await cache.match(url)) ?? fetch(request);
}

/** The file as it is now, or without a network as it was kept. */
async function current(request, url) {
  const cache = await caches.open(ownCache);
  try {
    const response = await inTime(fetch(request));
    if (response.status < 500) {
      if (response.ok && files.get(url) === CONFIG) await cache.put(url, response.clone());
      return response;
    }
  } catch {
    // No network.
  }
  return (await cache.match(url)) ?? Response.error();
}

function inTime(promise) {
  const timeout = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("no answer in time")));
  return Promise.race([promise, timeout]);
}
