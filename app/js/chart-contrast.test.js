import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, mostReadable } from "./chart-contrast.js";

const black = "rgb(0, 0, 0)";
const white = "rgb(255, 255, 255)";

test("black on white has the greatest contrast there is", () => {
  assert.equal(contrast(black, white), 21);
  assert.equal(contrast(white, white), 1);
});

test("light fills take dark text, dark fills light text", () => {
  assert.equal(mostReadable("rgb(69, 152, 218)", [white, black]), black);
  assert.equal(mostReadable("rgb(62, 44, 143)", [white, black]), white);
});
