// What the test files share: a server and a browser for the file, a visit for each test.
import { after, before, test as declare } from "node:test";

import { launch, openPage } from "./browser.js";
import { serve } from "./server.js";

const TIMEOUT_MS = 150_000;

/** Starts server and browser before the file's tests and stops them after; gives functions that declare tests. */
export function suite({ serverOptions } = {}) {
  const shared = { server: undefined, browser: undefined, visits: [] };
  before(
    async () => {
      shared.server = await serve(serverOptions);
      shared.browser = await launch();
    },
    { timeout: TIMEOUT_MS },
  );
  after(async () => {
    await shared.browser?.close();
    await shared.server?.stop();
  });

  /** A test that cannot hang. */
  function test(name, body) {
    return declare(name, { timeout: TIMEOUT_MS }, body);
  }

  /** A test with a visit of its own; a screenshot is kept when it fails. */
  function journey(name, options, body) {
    if (typeof options === "function") return journey(name, {}, options);
    return test(name, async (t) => {
      const visit = await openPage(shared.browser, shared.server, options);
      try {
        await body(visit, t);
      } catch (error) {
        t.diagnostic(`screenshot: ${await visit.screenshot(name)}`);
        for (const problem of visit.problems) t.diagnostic(problem);
        throw error;
      } finally {
        await visit.close();
      }
    });
  }

  /** A visit that all tests of the file share; opened by the first that asks. */
  let common;
  function visit() {
    common ??= openPage(shared.browser, shared.server);
    return common;
  }

  return { shared, test, journey, visit };
}
