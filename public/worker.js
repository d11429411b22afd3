// Boots an engine in a dedicated module worker: the lead of a pool, which the page talks to, or one of its peers, which the
// lead starts by the name "peer" and gives the module that it has compiled.
// Messages that arrive while WebAssembly compiles are kept and handed over in order.
import init, { Engine, Peer } from "./engine/engine.js";

const isPeer = self.name === "peer";
const early = [];
const led = new Promise((resolve) => {
  self.onmessage = ({ data }) => (data.module ? resolve(data) : early.push(data));
});

const { module, workers } = isPeer ? await led : {};
await init(module && { module_or_path: module });
const engine = isPeer ? new Peer(workers) : new Engine();
self.onmessage = ({ data }) => engine.receive(data.head, data.files);
for (const data of early) engine.receive(data.head, data.files);
