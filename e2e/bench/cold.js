// The first answer, on a slow link and on loopback; what is fetched for it.
import { dirname } from "node:path";

import { firstAnswers, signedFirstAnswers } from "./visits.js";

const STATES = [
  ["cold", "empty cache"],
  ["cached", "engine in the HTTP cache"],
];

/** Bytes, requests and times of the first answer over the slow link; `all` adds loopback and signed URLs. */
export async function firstAnswerFigures(bench, { all }) {
  const { goldpan, newest, rival, server, link, runs, say } = bench;
  // The release that cannot read Parquet here shows how long it takes to start.
  const others = rival === newest ? [rival] : [rival, newest];
  const table = bench.tables[0];
  const manifest = bench.manifestOf(table);
  const measured = async (place, origin) => {
    say(`first answers, ${place}`);
    return firstAnswers({ engines: [goldpan, ...others], origin, server, table, manifest, runs });
  };
  const slow = await measured("shaped link", link.url);
  const slice = `one week of ${table}, cold, given the catalog`;
  const read = (what) => bench.against(rival, (engine) => slow[engine.name].cold.map((sample) => sample[what]));
  const figures = [
    ...ofPlace(bench, "shaped link", slow, others, { cold: { ratio: 0.35 }, cached: { ratio: 0.2 } }),
    { measure: `bytes of data files, ${slice}`, ...read("bytes"), unit: "bytes", goal: { ratio: 0.2 } },
    { measure: `requests for data files, ${slice}`, ...read("requests"), unit: "count" },
    { measure: `requests in sequence, ${slice}`, ...read("inSequence"), unit: "count", goal: { atMost: 2 } },
  ];
  for (const other of others) {
    const samples = bench.against(other, (engine) => slow[engine.name].cold.map(({ siteBytes }) => siteBytes));
    figures.push({ measure: "download of page and engine, before the first answer", ...samples, unit: "bytes" });
  }
  if (!all) return figures;
  figures.push(...ofPlace(bench, "loopback", await measured("loopback", server.url), others, {}));
  say("first answers, shaped link, signed URLs");
  const places = { line: bench.line, site: bench.site, project: dirname(bench.lake) };
  const signed = await signedFirstAnswers({ engine: goldpan, ...places, table, manifest, runs });
  for (const [state, words] of STATES) {
    figures.push({
      measure: `shaped link, ${words}, by \`ingest serve\` and signed URLs: navigation to the first answer, one week of ${table}`,
      goldpan: signed[state].map(({ answeredMs }) => answeredMs),
      unit: "ms",
    });
  }
  return figures;
}

/** Times of one place: the first answer, and the mere start, which is all that a release without Parquet has. */
function ofPlace(bench, place, samples, others, goals) {
  const { goldpan, newest, rival } = bench;
  const figures = [];
  for (const [state, words] of STATES) {
    const of = (engine, what) => samples[engine.name][state].map((sample) => sample[what]);
    const first = `${place}, ${words}: navigation to the first answer, one week of ${bench.tables[0]}`;
    figures.push({
      measure: first,
      ...bench.against(rival, (engine) => of(engine, "answeredMs")),
      unit: "ms",
      goal: goals[state],
    });
    if (rival !== newest) {
      figures.push({
        measure: `${first}; of the other the start alone`,
        goldpan: of(goldpan, "answeredMs"),
        other: of(newest, "startedMs"),
        otherName: newest.name,
        unit: "ms",
      });
    }
    for (const other of others) {
      figures.push({
        measure: `${place}, ${words}: navigation to the answer of SELECT 1`,
        ...bench.against(other, (engine) => of(engine, "startedMs")),
        unit: "ms",
      });
    }
  }
  return figures;
}
