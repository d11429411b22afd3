// What a visitor downloads: the modules as they are served, by brotli at its best.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Engine and page, beside the other engine's module. A site that was not built for deployment has no brotli files. */
export function sizeFigures(bench) {
  const { rival, pages } = bench;
  bench.say("sizes");
  const other = join(pages, rival.path, "duckdb-eh.wasm.br");
  return [
    {
      measure: "**engine module, brotli**",
      goldpan: packed(join(bench.site, "engine"), /_bg\.wasm\.br$/),
      other: [statSync(other).size],
      otherName: rival.name,
      unit: "bytes",
      goal: { atMost: 4_500_000 },
    },
    { measure: "page module, brotli", goldpan: packed(bench.site, /_bg\.wasm\.br$/), unit: "bytes" },
  ];
}

function packed(folder, name) {
  const files = readdirSync(folder).filter((file) => name.test(file));
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  return files.length === 0 ? [] : [bytes];
}
