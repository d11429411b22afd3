// Statements that several engines answer in turns, each in a page of its own, on tables that they have at hand.
import { launch } from "../support/browser.js";
import { assertSameAnswer } from "./answers.js";

/** A statement that takes longer has failed. */
const LONGEST_MS = 180_000;

/**
 * Milliseconds of each statement: `[{ name, samples: { engine: [ms] } }]`; an engine that fails has none, and `failed(what,
 * error)` is told. A statement is `{ name, sql(variant), tolerance }`; `sql` gives a text, or one for each dialect where
 * they spell differently. Answers that engines keep are given up before each round.
 */
export async function inTurns({ engines, server, opened, statements, runs, what, failed }) {
  const browser = await launch();
  try {
    const pages = await Promise.all(engines.map(async () => (await browser.newContext()).newPage()));
    for (const [index, engine] of engines.entries()) {
      await pages[index].goto(new URL(engine.path, server.url).href);
      await engine.open(pages[index], opened);
    }
    const seats = engines.map((engine, index) => ({ engine, page: pages[index] }));
    const measured = [];
    for (const [number, statement] of statements.entries()) {
      const name = `${what}: ${statement.name}`;
      measured.push({ name: statement.name, samples: await samplesOf({ seats, statement, number, runs, name, failed }) });
    }
    return measured;
  } finally {
    await browser.close();
  }
}

async function samplesOf({ seats, statement, number, runs, name, failed }) {
  const variant = (round) => 100 * number + round;
  let able = [...seats];
  const attempt = async (seat, act) => {
    try {
      return await inTime(act());
    } catch (error) {
      able = able.filter((other) => other !== seat);
      failed(`${name}, ${seat.engine.name}`, error);
    }
  };
  const answers = [];
  for (const seat of seats) {
    const { engine, page } = seat;
    answers.push(await attempt(seat, () => engine.rows(page, textFor(engine, statement, variant(1)))));
  }
  const given = answers.filter((answer) => answer !== undefined);
  for (const answer of given.slice(1)) {
    try {
      assertSameAnswer(given[0], answer, name, statement.tolerance);
    } catch (error) {
      // Whose answer is wrong is not known: neither time counts.
      failed(name, error);
      able = [];
    }
  }
  const samples = Object.fromEntries(seats.map(({ engine }) => [engine.name, []]));
  // The first round fills caches.
  for (let round = -1; round < runs; round += 1) {
    for (const seat of round % 2 ? [...able].reverse() : [...able]) {
      const { engine, page } = seat;
      const ms = await attempt(seat, async () => {
        await engine.forget(page, ["results"]);
        return engine.run(page, textFor(engine, statement, variant(round + 3)));
      });
      if (round >= 0 && ms !== undefined) samples[engine.name].push(ms);
    }
  }
  for (const seat of seats.filter((seat) => !able.includes(seat))) samples[seat.engine.name] = [];
  return samples;
}

function textFor(engine, statement, variant) {
  const sql = statement.sql(variant);
  return typeof sql === "string" ? sql : sql[engine.dialect];
}

async function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${LONGEST_MS / 1000} s`)), LONGEST_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
