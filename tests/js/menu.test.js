import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import CollapseController from "#js/controllers/collapse.js";
import MenuController from "#js/controllers/menu.js";
import { find, fire, press, show } from "./page.js";

const menu = (attributes = "") => `<div data-controller="menu" ${attributes}>
  <button id="b" data-menu-target="button" data-action="menu#toggle" aria-expanded="false"></button>
  <div data-menu-target="list"><a class="dropdown-item" href="#1" id="one"></a><a class="dropdown-item" href="#2" id="two"></a></div></div>
  <p id="out"></p>`;
const isOpen = () => find("[data-menu-target=list]").classList.contains("show");
const focused = () => document.activeElement?.id;

beforeEach(() => show(menu(), { menu: MenuController, collapse: CollapseController }));

test("the button opens and closes it, and says so", () => {
  find("#b").click();
  assert.equal(isOpen(), true);
  assert.equal(find("#b").getAttribute("aria-expanded"), "true");
  find("#b").click();
  assert.equal(isOpen(), false);
  assert.equal(find("#b").getAttribute("aria-expanded"), "false");
});

test("arrows open it and walk round", () => {
  find("#b").focus();
  press(find("#b"), "ArrowDown");
  assert.equal(isOpen(), true);
  assert.equal(focused(), "one");
  press(find("#one"), "ArrowDown");
  press(find("#two"), "ArrowDown");
  assert.equal(focused(), "one");
  press(find("#one"), "ArrowUp");
  assert.equal(focused(), "two");
});

test("Escape closes it and gives the focus back", () => {
  find("#b").click();
  find("#one").focus();
  press(find("#one"), "Escape");
  assert.equal(isOpen(), false);
  assert.equal(focused(), "b");
});

test("a click elsewhere, a chosen command and leaving by keyboard close it", () => {
  const closes = (act) => {
    find("#b").click();
    act();
    return !isOpen();
  };
  assert.ok(closes(() => find("#out").click()));
  assert.ok(closes(() => find("#one").click()));
  assert.ok(closes(() => find("#one").dispatchEvent(new window.FocusEvent("focusout", { bubbles: true, relatedTarget: find("#out") }))));
});

test("a chosen item leaves the focus on the button, unless it has put it elsewhere", () => {
  find("#b").click();
  find("#two").focus();
  find("#two").click();
  assert.equal(focused(), "b");
  find("#out").tabIndex = -1;
  find("#two").addEventListener("click", () => find("#out").focus());
  find("#b").click();
  find("#two").focus();
  find("#two").click();
  assert.equal(focused(), "out");
});

test("a list of fields stays open while they are chosen", async () => {
  await show(menu('data-menu-stays-value="true"'), { menu: MenuController });
  find("#b").click();
  fire(find("#one"), "click");
  assert.equal(isOpen(), true);
});

test("a list that would leave the window opens upwards", () => {
  find("[data-menu-target=list]").getBoundingClientRect = () => ({ top: 700, bottom: 900, height: 200 });
  find("#b").click();
  assert.equal(find("[data-menu-target=list]").classList.contains("is-above"), true);
});

test("an area is shown and hidden by its button", async () => {
  await show(`<div data-controller="collapse"><button data-collapse-target="button" data-action="collapse#toggle"></button>
    <div id="area" data-collapse-target="area"></div></div>`, { collapse: CollapseController });
  find("button").click();
  assert.equal(find("#area").classList.contains("show"), true);
  assert.equal(find("button").getAttribute("aria-expanded"), "true");
});
