import assert from "node:assert/strict";
import { test } from "node:test";
import CopyController from "#js/controllers/copy.js";
import { find, settle, show } from "./page.js";

test("the text is put on the clipboard and the reader told", async () => {
  await show('<button data-controller="copy" data-action="copy#copy" data-copy-text-value="abc" data-copy-done-value="Copied."></button>', { copy: CopyController });
  const written = [];
  const told = [];
  Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => written.push(text) } });
  document.addEventListener("toast", (event) => told.push(...event.detail.toasts));
  find("button").click();
  await settle();
  assert.deepEqual(written, ["abc"]);
  assert.deepEqual(told, [{ kind: "success", message: "Copied." }]);
});
