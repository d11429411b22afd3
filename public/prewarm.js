// Starts the engine's worker while the page's own WebAssembly is still on its way. The page adopts it as its first
// worker (app/src/engine/link.rs) and gets what the worker has said by then.
{
  const worker = new Worker("worker.js", { type: "module" });
  const early = [];
  const keep = (event) => early.push(event);
  const types = ["message", "error", "messageerror"];
  for (const type of types) worker.addEventListener(type, keep);
  window.goldpanPrewarmed = () => {
    delete window.goldpanPrewarmed;
    for (const type of types) worker.removeEventListener(type, keep);
    return { worker, early };
  };
}
