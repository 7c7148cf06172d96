import assert from "node:assert/strict";
import { mock, test } from "node:test";
import WritingController from "#js/controllers/writing.js";
import { find, fire, show } from "./page.js";

const PAGE = `<div data-controller="writing" data-writing-url-value="/chat/5/writing" data-action="input->writing#note">
  <textarea></textarea><input></div>`;

test("it tells that the member types, every few seconds, and not of other fields or an empty one", async () => {
  mock.timers.enable({ apis: ["Date"] });
  try {
    const told = [];
    const page = await show(PAGE, { writing: WritingController });
    page.htmx = { ajax: async (method, url) => { told.push([method, url]); } };
    fire(find("input"), "input");
    fire(find("textarea"), "input");
    assert.deepEqual(told, []);
    find("textarea").value = "Hello";
    fire(find("textarea"), "input");
    fire(find("textarea"), "input");
    assert.deepEqual(told, [["POST", "/chat/5/writing"]]);
    mock.timers.tick(4_000);
    fire(find("textarea"), "input");
    assert.equal(told.length, 2);
  } finally {
    mock.timers.reset();
  }
});
