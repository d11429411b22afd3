// What the engine keeps on disk, as the console API reports it and as the browser's private file system shows it.
import { setTimeout as sleep } from "node:timers/promises";

/** Waits until an asynchronous check in the page is true; the test's own time limit ends it. */
export async function until(visit, check) {
  while (!(await visit.page.evaluate(check))) await sleep(200);
}

/** How a cache stands: `disk`, `memory`, `footers`, `results`. */
export async function cache(visit, name) {
  const { caches } = await visit.page.evaluate(() => window.goldpan.storage());
  return caches.find((cache) => cache.cache === name);
}

/** Waits until the disk has been written so long that nothing more comes: answers are kept after they were given. */
export async function settledOnDisk(visit, atLeastBytes = 1) {
  let last;
  for (;;) {
    const { bytes } = await cache(visit, "disk");
    if (bytes >= atLeastBytes && bytes === last) return bytes;
    last = bytes;
    await sleep(300);
  }
}

/** Pins a table by the console API; rejects with the failure's kind and words. */
export async function pin(visit, table, options = {}) {
  const outcome = await visit.page.evaluate(
    async ([table, options]) => {
      try {
        return { storage: await window.goldpan.pin(table, options) };
      } catch ({ kind, message, hint }) {
        return { failure: { kind, message, hint } };
      }
    },
    [table, options],
  );
  if (outcome.failure) throw Object.assign(new Error(outcome.failure.message), outcome.failure);
  return outcome.storage;
}

/** The files below our folder of the private file system: `[{ path, bytes }]`. */
export function privateFiles(visit) {
  return visit.page.evaluate(async () => {
    const files = [];
    const walk = async (folder, prefix) => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === "directory") await walk(handle, `${prefix}${name}/`);
        else files.push({ path: prefix + name, bytes: (await handle.getFile()).size });
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return files;
  });
}

/** Requests to the store for data, since the visit began. */
export function dataRequests(visit) {
  return visit.requests.filter((request) => new URL(request.url()).pathname.endsWith(".parquet"));
}
