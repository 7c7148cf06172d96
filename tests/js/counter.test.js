import assert from "node:assert/strict";
import { test } from "node:test";
import CounterController from "#js/controllers/counter.js";
import { find, fire, show } from "./page.js";

const PAGE = `<div data-controller="counter" data-counter-most-value="4" data-counter-words-value="{used} of 4">
  <input value="メニュ" data-counter-target="field" data-action="input->counter#count"><span data-counter-target="words"></span></div>`;

const told = () => [find("span").textContent, find("span").classList.contains("text-danger")];

test("a text is counted as LINE counts it, while it is typed", async () => {
  await show(PAGE, { counter: CounterController });
  assert.deepEqual(told(), ["3 of 4", false]);
  for (const [typed, expected] of [["👨‍👩‍👧👍🏽🇯🇵か\u3099", ["4 of 4", false]], ["abcde", ["5 of 4", true]]]) {
    find("input").value = typed;
    fire(find("input"), "input");
    assert.deepEqual(told(), expected);
  }
});
