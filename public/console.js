// `window.goldpan` from the first moment: calls that come before the page's WebAssembly is up wait for it.
// The page hands over the API that it implements (app/src/console) by the event "goldpan-start".
{
  const started = new Promise((resolve) => {
    addEventListener("goldpan-start", ({ detail }) => resolve(detail), { once: true });
  });
  const forward = (name) => async (...args) => (await started)[name](...args);
  const ready = started.then((api) => api.ready);
  // Who does not wait for `ready` learns of the failure from the page: it is not unhandled.
  ready.catch(() => {});
  window.goldpan = Object.freeze({
    ready,
    tables: forward("tables"),
    query: forward("query"),
    arrow: forward("arrow"),
    estimate: forward("estimate"),
    open: forward("open"),
    storage: forward("storage"),
    clear: forward("clear"),
    pin: forward("pin"),
    unpin: forward("unpin"),
    workers: forward("workers"),
  });
}
