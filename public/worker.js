// Boots the engine in a dedicated module worker.
// Messages that arrive while WebAssembly compiles are kept and handed over in order.
import init, { Engine } from "./engine/engine.js";

const early = [];
self.onmessage = ({ data }) => early.push(data);

await init();
const engine = new Engine();
self.onmessage = ({ data }) => engine.receive(data.head, data.files);
for (const data of early) engine.receive(data.head, data.files);
