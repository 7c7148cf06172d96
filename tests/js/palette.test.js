import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PaletteController from "#js/controllers/palette.js";
import { find, fire, press, settle, show } from "./page.js";

// Labels and their folded text, as the server draws them; it folds what is typed in the same way.
const FOLDED = { "髙島屋のタグ": "高島屋のたぐ" };
const fold = (text) => FOLDED[text] ?? text.toLowerCase();
const option = (key, text) => `<button data-palette-target="option" data-action="palette#choose" data-key="${key}" data-folded="${fold(text)}">${text}</button>`;
const PAGE = `<div data-controller="palette" data-palette-name-value="steps" data-palette-recent-value="Recently used" data-palette-fold-value="/folded-text">
  <input data-palette-target="search" data-action="input->palette#filter keydown->palette#press">
  <div id="list" data-palette-target="list">
  <div role="group" data-palette-target="group"><div id="g1">Basic</div>${option("wait", "Wait a while")}${option("tag", "髙島屋のタグ")}</div>
  <div role="group" data-palette-target="group"><div id="g2">LINE</div>${option("send", "Send a message")}</div></div>
  <p data-palette-target="none" hidden></p></div>`;
const search = () => find("input");
const type = (text) => {
  search().value = text;
  fire(search(), "input");
};
const shown = () => [...document.querySelectorAll("button")].filter((one) => !one.hidden).map((one) => one.dataset.key);
const marked = () => document.getElementById(search().getAttribute("aria-activedescendant"))?.dataset.key;
const kept = new Map();
const answers = new Map();
const asked = [];

beforeEach(async () => {
  kept.clear();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  globalThis.fetch = async (url) => {
    const typed = new URL(url, "http://localhost").searchParams.get("text");
    asked.push(typed);
    return { json: async () => ({ folded: answers.get(typed) }) };
  };
  await show(PAGE, { palette: PaletteController });
});

test("it is a combobox over a list box whose options the search field walks", () => {
  assert.equal(search().getAttribute("role"), "combobox");
  assert.equal(search().getAttribute("aria-controls"), "list");
  assert.equal(find("#list").getAttribute("role"), "listbox");
  assert.deepEqual([...document.querySelectorAll("button")].map((one) => [one.getAttribute("role"), one.tabIndex]), Array(3).fill(["option", -1]));
  assert.equal(marked(), "wait");
});

test("typing narrows it by every word, and groups without an option go", () => {
  type("a me");
  assert.deepEqual(shown(), ["send"]);
  assert.equal(find("#g1").parentElement.hidden, true);
  assert.equal(marked(), "send");
});

test("text beyond ASCII is compared as the server folds it", async () => {
  for (const [typed, folded, key] of [["ﾀぐ", "たぐ", "tag"], ["ﾀぐ　髙島", "たぐ 高島", "tag"], ["髙島", "高島", "tag"]]) {
    answers.set(typed, folded);
    type(typed);
    await settle();
    assert.deepEqual(shown(), [key], typed);
  }
  asked.length = 0;
  type("WAIT");
  assert.deepEqual(shown(), ["wait"]);
  type("髙島");
  await settle();
  assert.deepEqual(shown(), ["tag"]);
  assert.deepEqual(asked, [], "Plain text needs no server, and what was asked once is known.");
});

test("an answer that comes late narrows nothing, and Enter waits for the one it belongs to", async () => {
  const chosen = [];
  for (const one of document.querySelectorAll("button")) one.addEventListener("click", () => chosen.push(one.dataset.key));
  answers.set("髙", "高").set("髙タ", "たぐ");
  type("髙");
  type("髙タ");
  press(search(), "Enter");
  assert.deepEqual(chosen, []);
  await settle();
  assert.deepEqual(shown(), ["tag"]);
  assert.deepEqual(chosen, ["tag"]);
});

test("while the server is away text is found as it is written", async () => {
  globalThis.fetch = async () => { throw new TypeError("away"); };
  type("高島");
  await settle();
  assert.deepEqual(shown(), ["tag"]);
});

test("what is not there is said", () => {
  type("nothing like it");
  assert.equal(find("p").hidden, false);
  assert.equal(search().getAttribute("aria-activedescendant"), "");
  type("");
  assert.equal(find("p").hidden, true);
});

test("arrows walk round, Home and End go to the ends", () => {
  const after = (key) => {
    press(search(), key);
    return marked();
  };
  assert.deepEqual(["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Home", "End"].map(after), ["tag", "send", "wait", "send", "wait", "send"]);
  assert.equal(document.querySelectorAll("[aria-selected=true]").length, 1);
});

test("Enter chooses, and never sends the form around", () => {
  const chosen = [];
  document.addEventListener("click", ({ target }) => chosen.push(target.dataset.key));
  type("send");
  assert.equal(press(search(), "Enter").defaultPrevented, true);
  type("nothing like it");
  assert.equal(press(search(), "Enter").defaultPrevented, true);
  assert.deepEqual(chosen, ["send"]);
});

test("what was chosen lately comes first next time", async () => {
  find("[data-key=send]").click();
  find("[data-key=tag]").click();
  await show(PAGE, { palette: PaletteController });
  assert.deepEqual(shown(), ["tag", "send", "wait"]);
  assert.equal(find("#list-recent").textContent, "Recently used");
});

test("something unreadable in the browser's store does no harm", async () => {
  for (const value of ["{", "null", "[1, null, \"gone\"]"]) {
    kept.set("palette:steps", value);
    await show(PAGE, { palette: PaletteController });
    assert.deepEqual(shown(), ["wait", "tag", "send"]);
  }
});
