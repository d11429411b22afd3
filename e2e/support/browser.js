// A headless Chromium and pages in it that remember all that went wrong and all that was fetched.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { chromium as playwright } from "playwright-core";

import { artifacts, chromium } from "./paths.js";

/** Starts the browser, with further arguments for it. */
export function launch(...more) {
  return playwright.launch({
    executablePath: chromium,
    // A container has neither user namespaces nor a large /dev/shm.
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...more],
  });
}

/** Opens a page in a context of its own; `path` may carry a query string or a fragment. */
export async function openPage(browser, server, { path = "", lakeMayFail = false, ...contextOptions } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...contextOptions });
  // A machine that also compiles is slow; what does not come at all is found soon enough.
  context.setDefaultTimeout(60_000);
  const visit = new Visit(context, server);
  await visit.go(path).catch((error) => {
    if (!lakeMayFail) throw error;
  });
  return visit;
}

/** One person's visit: a browser context, its first page, and a record of both. */
export class Visit {
  constructor(context, server) {
    this.context = context;
    this.server = server;
    /** Console errors and warnings, uncaught exceptions, violations of the content security policy. */
    this.problems = [];
    /** Everything that the console printed. */
    this.printed = [];
    /** Requests of pages and workers. */
    this.requests = [];
    context.on("request", (request) => this.requests.push(request));
    context.on("console", (message) => {
      this.printed.push(message.text());
      if (["error", "warning"].includes(message.type())) {
        this.problems.push(`${message.type()}: ${message.text()}`);
      }
    });
    context.on("weberror", (error) => this.problems.push(`uncaught: ${error.error()}`));
  }

  async go(path = "") {
    this.page ??= await this.newPage();
    await this.page.goto(new URL(path, `${this.server.url}/`).href);
    await this.page.evaluate(() => window.goldpan.ready);
  }

  async newPage() {
    const page = await this.context.newPage();
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`);
      });
    });
    return page;
  }

  /** Runs a statement by the console API; rejects with an error that carries `kind` and `hint`. */
  async query(sql, options = {}) {
    const outcome = await this.attempt(sql, options);
    if (outcome.failure) throw failed(sql, outcome.failure);
    return outcome.result;
  }

  /** The failure that a statement comes to. */
  async failure(sql, options = {}) {
    const outcome = await this.attempt(sql, options);
    if (!outcome.failure) throw new Error(`${sql}\nsucceeded, a failure was expected`);
    return outcome.failure;
  }

  attempt(sql, options = {}) {
    return this.page.evaluate(
      async ([sql, options]) => {
        try {
          return { result: await window.goldpan.query(sql, options) };
        } catch ({ kind, message, hint }) {
          return { failure: { kind, message, hint } };
        }
      },
      [sql, options],
    );
  }

  /** The engine's worker that the page talks to, and that has started the others. */
  async lead() {
    const [lead] = await this.leads();
    return lead;
  }

  /** All workers that are no peers of others. */
  async leads() {
    const workers = this.page.workers();
    const names = await Promise.all(workers.map((worker) => worker.evaluate(() => self.name).catch(() => "gone")));
    return workers.filter((_, index) => names[index] === "");
  }

  /** Opens a URL, `{ name, url }`, or local files by their paths, by the console API. */
  async open(source) {
    const outcome = await this.attemptOpen(source);
    if (outcome.failure) throw failed(JSON.stringify(source), outcome.failure);
    return outcome.table;
  }

  async attemptOpen(source) {
    const isLocal = Array.isArray(source);
    if (isLocal) await this.holdFiles(source);
    return this.page.evaluate(
      async ([source, isLocal]) => {
        try {
          const opened = isLocal ? [...document.querySelector("#held-files").files] : source;
          return await window.goldpan.open(opened.length === 1 ? opened[0] : opened);
        } catch ({ kind, message, hint }) {
          return { failure: { kind, message, hint } };
        }
      },
      [source, isLocal],
    );
  }

  /** Puts files in an input of the test's own, from where the page's script can take them. */
  async holdFiles(paths) {
    await this.page.evaluate(() => {
      document.querySelector("#held-files")?.remove();
      const input = Object.assign(document.createElement("input"), { type: "file", multiple: true });
      input.id = "held-files";
      input.hidden = true;
      document.body.append(input);
    });
    await this.page.setInputFiles("#held-files", paths);
  }

  find(testId) {
    return this.page.getByTestId(testId);
  }

  async screenshot(name) {
    mkdirSync(artifacts, { recursive: true });
    const file = join(artifacts, `${name.replaceAll(/\W+/g, "-").slice(0, 100)}.png`);
    await this.page?.screenshot({ path: file, fullPage: true });
    return file;
  }

  close() {
    return this.context.close();
  }
}

function failed(what, { kind, message, hint }) {
  return Object.assign(new Error(`${kind}: ${message}\n${hint ?? ""}\n${what}`), { kind, hint });
}
