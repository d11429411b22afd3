// The two engines as the bench drives them. Functions given to `evaluate` run in the page and stand for themselves.

/**
 * Goldpan: its page opens the lake by itself.
 *
 * Every engine is `{ name, dialect, path, hasParquet, firstAnswer, open, rows, run, forget }`. `firstAnswer` gives
 * `{ startedMs, answeredMs, rows }`, counted from the navigation: when `SELECT 1` was answered, and the slice. `open`
 * takes tables, each with the addresses of its files. `run` gives the milliseconds that a statement takes when its result
 * stays in the engine's own form, Arrow.
 */
export const goldpan = {
  name: "Goldpan",
  dialect: "goldpan",
  path: "/",
  hasParquet: true,
  firstAnswer: (page, { sql }) =>
    page.evaluate(async (sql) => {
      while (!window.goldpan) await new Promise((resolve) => setTimeout(resolve, 2));
      const trivial = window.goldpan.query("SELECT 1").then(() => performance.now());
      const answer = sql && window.goldpan.query(sql).then(({ rows }) => ({ rows, answeredMs: performance.now() }));
      return { startedMs: await trivial, ...(await answer) };
    }, sql),
  open: (page) => page.evaluate(() => window.goldpan.ready),
  rows: (page, sql) => page.evaluate(async (sql) => (await window.goldpan.query(sql, { maxRows: 1_000_000 })).rows, sql),
  run: (page, sql) =>
    page.evaluate(async (sql) => {
      const begun = performance.now();
      await window.goldpan.arrow(sql);
      return performance.now() - begun;
    }, sql),
  /** Empties what it keeps: these caches, or all that it has. */
  forget: (page, caches) =>
    page.evaluate(async (caches) => {
      const kept = caches ?? (await window.goldpan.storage()).caches.map(({ cache }) => cache);
      for (const cache of kept) await window.goldpan.clear(cache);
    }, caches),
};

/** duckdb-wasm of a release that `prepare` gave. */
export function duckdb({ version, path, hasParquet }) {
  return {
    name: `duckdb-wasm ${version}`,
    dialect: "duckdb",
    path,
    hasParquet,
    firstAnswer: (page, { table, urls, sql }) =>
      page.evaluate(
        async ([table, urls, sql]) => {
          while (!window.engine) await new Promise((resolve) => setTimeout(resolve, 2));
          await window.engine.run("SELECT 1");
          const startedMs = performance.now();
          if (!sql) return { startedMs };
          await window.engine.open(table, urls);
          const rows = await window.engine.rows(sql);
          return { startedMs, rows, answeredMs: performance.now() };
        },
        [table, urls, sql],
      ),
    /** Its best for many statements: whole files in memory. */
    open: (page, opened) =>
      page.evaluate(async (opened) => {
        while (!window.engine) await new Promise((resolve) => setTimeout(resolve, 2));
        for (const { table, urls } of opened) await window.engine.open(table, urls, { inMemory: true });
      }, opened),
    rows: (page, sql) => page.evaluate((sql) => window.engine.rows(sql), sql),
    run: (page, sql) =>
      page.evaluate(async (sql) => {
        const begun = performance.now();
        await window.engine.run(sql);
        return performance.now() - begun;
      }, sql),
    forget: async () => {},
  };
}

/** Goldpan with so many workers. */
export function goldpanOf(workers) {
  return {
    ...goldpan,
    name: workers === 1 ? "Goldpan, 1 worker" : `Goldpan, ${workers} workers`,
    open: async (page) => {
      await goldpan.open(page);
      const ready = await page.evaluate(async (workers) => {
        if (typeof window.goldpan.workers !== "function") throw new Error("this page has no window.goldpan.workers");
        await window.goldpan.workers(workers);
        return (await window.goldpan.workers()).ready;
      }, workers);
      if (ready !== workers) throw new Error(`asked for ${workers} workers, got ${ready}`);
    },
  };
}
