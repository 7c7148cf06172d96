import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, end, inTime } from "#js/chat_rows.js";
import { showUnread } from "#js/chat_unread.js";
import { find, show } from "./page.js";

const line = (id, at, more = "") => `<li data-id="${id}" data-at="2026-11-30T01:00:0${at}+00:00" ${more}><a id="link-${id}" href="#">${id}</a></li>`;
const ids = () => [...find("ul").children].map(({ dataset }) => dataset.id);

test("a line that changed comes to the top, and the keyboard stays at its line", async () => {
  await show(`<ul data-order="newest">${line(1, 3)}${line(2, 5)}${line(3, 5)}</ul>`, {});
  find("#link-1").focus();
  arrange(find("ul"));
  assert.deepEqual(ids(), ["3", "2", "1"]);
  assert.equal(document.activeElement.id, "link-1");
});

test("who waits longest comes first where the list is in that order", async () => {
  await show(`<ul data-order="waiting">${line(1, 5)}${line(2, 3)}</ul>`, {});
  arrange(find("ul"));
  assert.deepEqual(ids(), ["2", "1"]);
});

test("what is gone leaves the keyboard at the next line", async () => {
  await show(`<ul data-order="newest">${line(1, 5)}${line(2, 4, "data-gone")}${line(3, 3)}</ul>`, {});
  find("#link-2").focus();
  arrange(find("ul"));
  assert.deepEqual([ids(), document.activeElement.id], [["1", "3"], "link-3"]);
});

test("an end is told only where more follows", async () => {
  await show(`<ul>${line(1, 5)}</ul>`, {});
  assert.equal(end(find("ul")), undefined);
  find("ul").dataset.goesOn = "";
  assert.equal(end(find("ul")), "2026-11-30T01:00:05+00:00");
});

test("the title and the menu say how much is unread", async () => {
  await show(`<span data-chat-unread hidden></span>`, {});
  document.title = "Chat";
  showUnread(3);
  assert.deepEqual([document.title, find("span").textContent, find("span").hidden], ["(3) Chat", "3", false]);
  showUnread(100);
  assert.equal(document.title, "(99+) Chat");
  showUnread(0);
  assert.deepEqual([document.title, find("span").hidden], ["Chat", true]);
});

test("lines of a thread stand in the order of their times, between the buttons for earlier and later ones", async () => {
  const said = (id, at) => `<article id="${id}" data-at="2026-11-30T01:00:00.${at}+00:00"></article>`;
  await show(`<div><button id="earlier"></button>${said("line-10", "300000")}${said("line-9", "300000")}${said("album-2", "200000")}${said("line-3", "500000")}${said("line-4", "400000")}<div id="later" data-at="9999"></div></div>`, {});
  inTime(find("div"));
  assert.deepEqual([...find("div").children].map(({ id }) => id), ["earlier", "album-2", "line-9", "line-10", "line-4", "line-3", "later"]);
});
