// `ingest serve` as a person starts it: site, signing endpoint and store on ports of their own.
import { spawn } from "node:child_process";
import { once } from "node:events";

import { gold } from "./gold.js";
import { ingest, project, site } from "./paths.js";

/**
 * Starts the server: `{ url, objects, output(), stop() }`; `objects` is the origin of the store. `lake` is a project's
 * folder; a `port` is needed only by who stops the server and starts it again.
 */
export async function serve(options = [], { environment = {}, folder = site, lake = project, port = 0 } = {}) {
  await gold();
  const args = ["serve", "--project", lake, "--site", folder, "--port", String(port), ...options];
  const child = spawn(ingest, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  let output = "";
  const ended = once(child, "exit");
  const ready = new Promise((resolve, reject) => {
    const take = (chunk) => {
      output += chunk;
      const [, url] = output.match(/^listening on (http:\S+)$/m) ?? [];
      const objects = output.replace(/^listening on .*$/m, "").match(/http:\/\/[\w.:[\]-]+/)?.[0];
      if (url && objects) resolve({ url, objects });
    };
    child.stdout.on("data", take);
    child.stderr.on("data", (chunk) => (output += chunk));
    child.once("error", reject);
    ended.then(([code]) => reject(new Error(`ingest serve ended with ${code}:\n${output}`)));
  });
  const { url, objects } = await ready;
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url, objects: new URL(objects).origin, output: () => output, stop };
}
