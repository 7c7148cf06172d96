import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import LeftController from "#js/controllers/left.js";
import { find, press, show } from "./page.js";

const PAGE = `<form data-controller="left"><input type="hidden" id="names" name="left" value="old" data-left-target="names">
  <input name="empty" id="empty"><input name="full" id="full" value="x"><input type="file" id="file" data-left="file_id">
  <input type="checkbox" name="box" id="one"><input type="checkbox" name="box" id="two"><input id="nameless"><button id="after"></button></form>`;

let asked = 0;

beforeEach(async () => {
  await show(PAGE, { left: LeftController });
  asked = 0;
  find("form").addEventListener("change", () => { asked += 1; });
});

const leave = (from, to) => {
  const event = new window.Event("focusout", { bubbles: true });
  event.relatedTarget = to ? find(to) : null;
  press(find(from), "Tab");
  find(from).dispatchEvent(event);
};
const names = () => find("#names").value;

test("a field that was left is noted once, and an empty one is looked at", () => {
  leave("#empty", "#full");
  leave("#empty", "#full");
  assert.equal(names(), "old empty");
  assert.equal(asked, 1);
});

test("one with something in it is noted only", () => {
  leave("#full", "#after");
  assert.equal(names(), "old full");
  assert.equal(asked, 0);
});

test("a file's field has the name of what is stored", () => {
  leave("#file", "#after");
  assert.equal(names(), "old file_id");
});

test("check boxes of one question are left together", () => {
  leave("#one", "#two");
  assert.equal(names(), "old");
  leave("#two", "#after");
  assert.equal(names(), "old box");
});

test("a field in which the reader did nothing is not left", () => {
  find("#empty").dispatchEvent(new window.Event("focusout", { bubbles: true }));
  assert.equal(names(), "old");
});

test("neither a window that goes to the back nor what has no name counts", () => {
  find("#empty").focus();
  leave("#empty");
  leave("#nameless", "#after");
  assert.equal(names(), "old");
});
