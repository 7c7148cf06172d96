import assert from "node:assert/strict";
import { test } from "node:test";
import NoteController from "#js/controllers/note.js";
import { find, fire, press, show } from "./page.js";

const PAGE = `<input id="other"><details data-controller="note"><summary></summary><textarea data-note-target="text"></textarea>
  <button type="button" data-action="note#mention" data-note-name-param="Carol"></button></details>`;

test("n opens the form to write, and is a letter where something is typed", async () => {
  await show(PAGE, { note: NoteController });
  press(find("#other"), "n");
  assert.equal(find("details").open, false);
  press(document.body, "n");
  assert.deepEqual([find("details").open, document.activeElement.tagName], [true, "TEXTAREA"]);
});

test("a member's name is put where the caret stands", async () => {
  await show(PAGE, { note: NoteController });
  find("textarea").value = "Please look";
  find("textarea").setSelectionRange(6, 6);
  fire(find("button"), "click");
  assert.equal(find("textarea").value, "Please @Carol  look");
});
