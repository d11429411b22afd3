// The gold layer of examples/flights: built when it is older than what it is made of, and described by its own
// catalog and manifests.
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { artifacts, goldFolder, ingest, project } from "./paths.js";

const stamp = join(artifacts, "gold.stamp");
const lock = join(artifacts, "gold.lock");

/** The published snapshot: `{ catalog, tables: { name: { manifest, paths } } }`. */
export async function gold() {
  await buildIfOlder();
  const catalog = readJson("catalog.json");
  const tables = Object.fromEntries(
    catalog.tables.map((entry) => {
      const manifest = readJson(entry.manifest);
      return [entry.name, { manifest, paths: manifest.files.map((file) => join(goldFolder, file.key)) }];
    }),
  );
  return { catalog, tables };
}

function readJson(key) {
  return JSON.parse(readFileSync(join(goldFolder, key), "utf8"));
}

/** Test files run in processes of their own: one builds, the others wait. */
async function buildIfOlder() {
  mkdirSync(artifacts, { recursive: true });
  while (!takeLock()) await sleep(200);
  try {
    const built = Math.max(changedAt(stamp), changedAt(join(goldFolder, "catalog.json")));
    if (changedAt(join(goldFolder, "catalog.json")) > 0 && built > newestInput()) return;
    await promisify(execFile)(ingest, ["run", "--project", project]);
    writeFileSync(stamp, "");
    utimesSync(stamp, new Date(), new Date());
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const holder = Number(readIfThere(lock));
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function newestInput() {
  const files = readdirSync(project, { recursive: true })
    .filter((path) => !path.startsWith(".goldpan"))
    .map((path) => join(project, path));
  return Math.max(changedAt(ingest), ...files.map(changedAt));
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
