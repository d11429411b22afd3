// Where the suite finds what it drives. `cargo xtask test` sets the variables; by hand the defaults of
// `cargo xtask demo` hold.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const project = join(root, "examples/flights");
export const goldFolder = join(project, ".goldpan/gold");
export const sources = join(root, "node_modules/vega-datasets/data");
export const artifacts = join(root, "e2e/.artifacts");

const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/goldpan/target");
export const ingest = process.env.GOLDPAN_INGEST ?? join(target, "debug/ingest");
export const site = process.env.GOLDPAN_SITE ?? join(root, "dist");

export const chromium = process.env.CHROMIUM ?? firstOnPath(["chromium", "chromium-browser", "google-chrome"]);

function firstOnPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}
