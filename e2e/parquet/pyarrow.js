// pyarrow, as writer of files and as a second opinion on what is in them.
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const requirements = readFileSync(new URL("requirements.txt", import.meta.url), "utf8");
const [, version] = requirements.match(/^pyarrow==(\S+)/m);
/** Where `cargo xtask setup` puts the package; `cargo xtask test` sets the variable. */
const packages = process.env.GOLDPAN_PYARROW ?? join(homedir(), `.cache/goldpan/tools/pyarrow-${version}`);
const python = process.env.PYTHON ?? (process.platform === "win32" ? "python" : "python3");
const environment = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" };

function script(name) {
  if (!existsSync(packages)) throw new Error(`pyarrow is not in ${packages}; \`cargo xtask setup\` installs it`);
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Writes pyarrow's files below the folder. */
export async function writeByPyarrow(folder) {
  await promisify(execFile)(python, [script("pyarrow_files.py"), folder], { env: environment });
}

/** A process that reads Parquet files: `{ read(path), close() }`. */
export function pyarrowOracle() {
  const child = spawn(python, [script("pyarrow_oracle.py")], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift().resolve(line));
  child.once("exit", (code) => waiting.forEach(({ reject }) => reject(new Error(`pyarrow ended with ${code}`))));
  return {
    /** `{ columns: [name], rows }`; rejects when pyarrow cannot read the file. */
    async read(path) {
      const line = new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      child.stdin.write(`${path}\n`);
      const content = parseExact(await line);
      if (content.error) throw new Error(`pyarrow: ${content.error}`);
      return content;
    },
    close: () => child.stdin.end(),
  };
}

/** JSON in which `{"$float": "NaN"}` stands for what JSON cannot say. */
export function parseExact(json) {
  return JSON.parse(json, (_, value) => (typeof value?.$float === "string" ? Number(value.$float) : value));
}
