import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import ShelfController from "#js/controllers/shelf.js";
import { find, fire, press, show } from "./page.js";

const SETS = JSON.stringify([
  { id: "446", title: "Moon", first: 1, last: 6, words: "446 Moon" },
  { id: "789", title: "Sally", first: 7, last: 9, words: "789 Sally サリー" },
]).replaceAll('"', "&quot;");
const PAGE = `<div id="shelf" data-controller="shelf" data-shelf-sets-value="${SETS}" data-shelf-picture-value="/{item}.png"
    data-shelf-text-value="{item}" data-action="look->shelf#draw">
  <input data-shelf-target="search" data-action="input->shelf#search:stop">
  <div id="sets" data-shelf-target="sets" data-action="click->shelf#open keydown->shelf#move"></div>
  <p id="none" data-shelf-target="none" hidden></p><p id="title" data-shelf-target="title"></p>
  <div id="items" data-shelf-target="items" data-action="click->shelf#pick keydown->shelf#move"></div>
  <template data-shelf-target="tile"><button type="button"><img alt=""><span class="shelf-number"></span></button></template>
</div>`;

beforeEach(async () => {
  await show(PAGE, { shelf: ShelfController });
  fire(find("#shelf"), "look");
});

const numbers = () => [...find("#items").children].map((tile) => tile.textContent);
const search = (words) => {
  find("input").value = words;
  return fire(find("input"), "input");
};

test("the first set is open, and a press opens another", () => {
  assert.deepEqual([find("#title").textContent, numbers().length], ["Moon", 6]);
  fire(find("#sets").children[1], "click");
  assert.deepEqual([find("#title").textContent, ...numbers()], ["Sally", "7", "8", "9"]);
  assert.equal(find("#sets").children[1].getAttribute("aria-pressed"), "true");
});

test("a search finds a set by its number and by its title in each language", () => {
  for (const words of ["789", "sally", "サリー"]) {
    search("");
    fire(find("#sets").children[0], "click");
    search(words);
    assert.deepEqual([...find("#sets").children].map((tile) => tile.hidden), [true, false], words);
    assert.equal(find("#title").textContent, "Sally");
  }
  search("cat");
  assert.equal(find("#none").hidden, false);
});

test("arrows walk, and one button is in the tab order", () => {
  const tiles = [...find("#items").children];
  tiles.forEach((tile, at) => Object.defineProperty(tile, "offsetTop", { value: Math.floor(at / 3) }));
  tiles[0].focus();
  for (const [key, at] of [["ArrowRight", 1], ["ArrowDown", 4], ["ArrowLeft", 3], ["End", 5], ["ArrowDown", 5], ["ArrowUp", 2], ["Home", 0]]) {
    press(document.activeElement, key);
    assert.equal(document.activeElement, tiles[at], key);
  }
  assert.deepEqual(tiles.map((tile) => tile.tabIndex), [0, -1, -1, -1, -1, -1]);
});

test("a press says what was picked", () => {
  let said;
  find("#shelf").addEventListener("shelf:picked", ({ detail }) => { said = detail; });
  fire(find("#items").children[2], "click");
  assert.deepEqual(said, { set: "446", item: "3", text: "3" });
});
