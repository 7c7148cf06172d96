import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PaletteController from "#js/controllers/palette.js";
import { find, fire, press, show } from "./page.js";

const option = (key, text) => `<button data-palette-target="option" data-action="palette#choose" data-key="${key}">${text}</button>`;
const PAGE = `<div data-controller="palette" data-palette-name-value="steps" data-palette-recent-value="Recently used">
  <input data-palette-target="search" data-action="input->palette#filter keydown->palette#press">
  <div id="list" data-palette-target="list">
  <div role="group" data-palette-target="group"><div id="g1">Basic</div>${option("wait", "Wait a while")}${option("tag", "タグ")}</div>
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

beforeEach(async () => {
  kept.clear();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  await show(PAGE, { palette: PaletteController });
});

test("it is a combobox over a list box whose options the search field walks", () => {
  assert.equal(search().getAttribute("role"), "combobox");
  assert.equal(search().getAttribute("aria-controls"), "list");
  assert.equal(find("#list").getAttribute("role"), "listbox");
  assert.deepEqual([...document.querySelectorAll("button")].map((one) => [one.getAttribute("role"), one.tabIndex]), [["option", -1], ["option", -1], ["option", -1]]);
  assert.equal(marked(), "wait");
});

test("typing narrows it by every word, and groups without an option go", () => {
  type("a me");
  assert.deepEqual(shown(), ["send"]);
  assert.equal(find("#g1").parentElement.hidden, true);
  assert.equal(marked(), "send");
});

test("width, case and kana make no difference", () => {
  type("ﾀぐ");
  assert.deepEqual(shown(), ["tag"]);
  type("WAIT");
  assert.deepEqual(shown(), ["wait"]);
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
