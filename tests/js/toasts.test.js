import assert from "node:assert/strict";
import { test } from "node:test";
import ToastsController from "#js/controllers/toasts.js";
import { toast } from "#js/toast.js";
import { find, settle, show } from "./page.js";

const line = '<div data-toasts-target="line" data-kind="success"><span>Saved.</span><button data-action="toasts#close"></button></div>';
const texts = () => [...document.querySelectorAll("#toasts span")].map((one) => one.textContent);
const start = async (html) => {
  await show(`<div id="toasts" data-controller="toasts">${html}</div><template id="toast-template">${line}</template>`, { toasts: ToastsController });
  find("#toasts").showPopover = () => {};
};

test("messages that come with an answer are added as plain text", async () => {
  await start("");
  toast("error", "<b>No</b>");
  assert.deepEqual(texts(), ["<b>No</b>"]);
  assert.equal(find("#toasts [data-kind]").dataset.kind, "error");
});

test("a message is closed by its button", async () => {
  await start(line);
  find("#toasts button").click();
  assert.deepEqual(texts(), []);
});

test("success goes after five seconds, an error after twelve", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await start(line);
  toast("error", "No");
  await settle();
  context.mock.timers.tick(5000);
  assert.deepEqual(texts(), ["No"]);
  context.mock.timers.tick(7000);
  assert.deepEqual(texts(), []);
});
