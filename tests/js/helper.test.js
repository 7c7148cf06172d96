import assert from "node:assert/strict";
import { test } from "node:test";
import HelperController from "#js/controllers/helper.js";
import InsertController from "#js/controllers/insert.js";
import { find, press, settle, show } from "./page.js";

const PAGE = `<input id="other"><div data-controller="helper"><button data-helper-target="canned"></button>
  <div id="place" data-helper-target="place"><input id="search"></div></div><textarea id="chat-text"></textarea>`;

async function open() {
  const opened = [];
  await show(PAGE, { helper: HelperController, insert: InsertController });
  find("button").addEventListener("click", () => opened.push("canned"));
  return opened;
}

async function put(text, replaces = "") {
  const typed = [];
  find("textarea").addEventListener("input", () => typed.push(find("textarea").value), { once: true });
  find("#place").innerHTML = `<p data-controller="insert" data-insert-text-value="${text}" data-insert-replaces-value="${replaces}"></p>`;
  await settle();
  return typed;
}

test("/ opens the canned replies in an empty answer or beside fields, and is a letter elsewhere", async () => {
  const opened = await open();
  press(document.body, "/");
  press(find("textarea"), "/");
  assert.equal(opened.length, 2);
  find("textarea").value = "and";
  press(find("textarea"), "/");
  press(find("#other"), "/");
  assert.equal(opened.length, 2);
});

test("Escape closes what is open and leads back to the answer", async () => {
  await open();
  press(find("#search"), "Escape");
  assert.deepEqual([find("#place").children.length, document.activeElement.id], [0, "chat-text"]);
});

test("words are put into an empty answer, behind what is written, or in place of those before", async () => {
  await open();
  assert.deepEqual(await put("Until six."), ["Until six."]);
  assert.deepEqual(await put("Until nine.", "Until six."), ["Until nine."]);
  find("textarea").value = "Hello,";
  find("textarea").setSelectionRange(6, 6);
  assert.deepEqual(await put("We open at ten."), ["Hello,\nWe open at ten."]);
});
