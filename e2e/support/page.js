// What a person does and reads on the page, by its test ids.
import assert from "node:assert/strict";

/** Opens a field's values or histogram, if they are not. */
export async function openField(visit, name) {
  const field = visit.find(`field-${name}`);
  await field.waitFor();
  if ((await field.getAttribute("aria-expanded")) !== "true") await field.click();
}

/** Waits until the newest statement is answered and its rows are there. */
export async function settled(visit) {
  await visit.find("status-line").filter({ hasText: /fetched/ }).filter({ hasNotText: "running" }).waitFor();
  await visit.find("result-grid").getByRole("gridcell").first().waitFor();
}

/** The texts of the filter chips. */
export async function chips(visit) {
  await visit.find("filter-chip").first().waitFor();
  const texts = await visit.find("filter-chip").allInnerTexts();
  return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

/** The rendered cells of the grid, row by row. */
export function cells(visit) {
  return visit.find("result-grid").evaluate((grid) =>
    [...grid.querySelectorAll('[role="row"]')]
      .map((row) => [...row.querySelectorAll('[role="gridcell"]')].map((cell) => cell.innerText))
      .filter((row) => row.length > 0),
  );
}

/** The statement in the editor. */
export async function statement(visit) {
  const content = visit.find("sql-editor").locator(".cm-content");
  await content.waitFor();
  return content.innerText();
}

/** The number at the end of a text: `ATL 166,341` gives 166341. */
export function number(text) {
  const [digits] = text.match(/-?[\d,]+(\.\d+)?\s*$/) ?? [];
  return Number(digits?.replaceAll(",", ""));
}

/** Waits for the panel of a kind and gives its text. */
export async function panel(visit, kind) {
  const shown = visit.page.locator(`[data-testid="error-panel"][data-kind="${kind}"]`).first();
  const other = visit.page.locator(`[data-testid="error-panel"]:not([data-kind="${kind}"])`).first();
  await shown.or(other).first().waitFor();
  assert.equal(await shown.count(), 1, `expected ${kind}: ${await visit.find("error-panel").allInnerTexts()}`);
  return shown.innerText();
}
