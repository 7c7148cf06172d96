import assert from "node:assert/strict";
import { test } from "node:test";
import PictureController from "#js/controllers/picture.js";
import { find, fire, settle, show } from "./page.js";

const PAGE = '<p>Hi <img id="one" alt="heart" data-action="error->picture#replace">!</p>';

// Shows the picture as a browser has it when the script starts.
async function begin(state) {
  await show(PAGE, { picture: PictureController });
  for (const [name, value] of Object.entries(state)) Object.defineProperty(find("#one"), name, { value });
  find("#one").dataset.controller = "picture";
  await settle();
}

test("a picture that cannot be loaded gives way to its words", async () => {
  await begin({ complete: false, naturalWidth: 0 });
  assert.ok(find("#one"));
  fire(find("#one"), "error");
  assert.equal(find("#one"), null);
  assert.equal(find("p").textContent, "Hi heart!");
});

test("one that had failed before the script was there gives way, too; a loaded one stays", async () => {
  await begin({ complete: true, naturalWidth: 0 });
  assert.equal(find("p").textContent, "Hi heart!");
  await begin({ complete: true, naturalWidth: 40 });
  assert.ok(find("#one"));
});
