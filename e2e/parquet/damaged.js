// Damaged and lying Parquet files, and what the page makes of them.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { identifier } from "../support/oracle.js";
import { parquetRs } from "./files.js";

/** Nothing that a file of some kilobytes does may take longer. */
const LONGEST_MS = 30_000;

/** Writes the files: `{ names, path(name), remove() }`; names begin with what has to come of a file. */
export function damagedFiles() {
  const folder = mkdtempSync(join(tmpdir(), "goldpan-damaged-"));
  execFileSync(parquetRs, ["hostile", folder], { stdio: "inherit" });
  return {
    names: readdirSync(folder).sort(),
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Opens a file and asks of it: `{ opened, outcomes }`, where an outcome is `{ rows }` or `{ failure }`. What takes too
 * long is cancelled, and so ends as a failure of the kind `Cancelled`.
 */
async function tryFile(visit, path, conditions) {
  const { table, failure } = await visit.attemptOpen([path]);
  if (failure) return { outcomes: [{ failure }] };
  const statements = [
    `SELECT count(*) AS n FROM ${identifier(table)}`,
    `SELECT * FROM ${identifier(table)}`,
    ...conditions.map((condition) => `SELECT * FROM ${identifier(table)} WHERE ${condition}`),
  ];
  const outcomes = await visit.page.evaluate(
    async ([statements, longest]) => {
      const outcomes = [];
      for (const sql of statements) {
        try {
          const { rows } = await window.goldpan.query(sql, { signal: AbortSignal.timeout(longest) });
          outcomes.push({ rows: rows.length, first: JSON.stringify(rows[0]) });
        } catch ({ kind, message }) {
          outcomes.push({ failure: { kind, message } });
        }
      }
      return outcomes;
    },
    [statements, LONGEST_MS],
  );
  return { opened: true, outcomes };
}

/** What must not come of a file, whatever is in it. */
function complaints({ opened, outcomes }) {
  const complaints = outcomes
    .filter(({ failure }) => failure && !["CorruptFile", "InvalidQuery", "OutOfMemory", "WorkerLost"].includes(failure.kind))
    .map(({ failure }) => `${failure.kind}: ${failure.message}`);
  const [count, all] = outcomes;
  if (opened && count.first && all.rows !== undefined && count.first !== `[${all.rows}]`) {
    complaints.push(`the footer has ${count.first} rows, the answer ${all.rows}`);
  }
  return complaints;
}

/** Tries the files that `isWanted` names and gives `[name, trial]` of each; after each that cost the worker, the page answers. */
export async function tryAll(t, page, files, isWanted, conditions) {
  const trials = [];
  const lost = [];
  for (const name of files.names.filter(isWanted)) {
    const trial = await tryFile(page, files.path(name), conditions);
    trials.push([name, trial]);
    if (!trial.outcomes.some(({ failure }) => failure?.kind === "WorkerLost")) continue;
    lost.push(name);
    assert.deepEqual((await page.query("SELECT 42 AS answer")).rows, [[42]], `the page lives after ${name}`);
  }
  t.diagnostic(`${lost.length} of ${trials.length} files cost a worker: ${lost.join(", ")}`);
  return trials;
}

/** Fails with all that must not have come of the files. */
export function assertCalm(trials) {
  const wrong = trials.flatMap(([name, trial]) => complaints(trial).map((complaint) => `${name}: ${complaint}`));
  assert.equal(wrong.length, 0, `${wrong.length} complaints:\n${wrong.join("\n")}`);
}
