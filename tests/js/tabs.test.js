import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import TabsController from "#js/controllers/tabs.js";
import { find, press, show } from "./page.js";

const PAGE = `<ul data-controller="tabs" data-tabs-panel-value="panel" data-action="keydown->tabs#move">
  <li><a id="one" href="/1" data-tabs-target="tab" aria-current="page"></a></li>
  <li><a id="two" href="/2" data-tabs-target="tab"></a></li></ul><div id="panel"></div>`;

beforeEach(() => show(PAGE, { tabs: TabsController }));

test("links become tabs of a panel, and the open one is in the tab order", () => {
  assert.equal(find("ul").getAttribute("role"), "tablist");
  assert.deepEqual([find("#one"), find("#two")].map((tab) => [tab.getAttribute("role"), tab.getAttribute("aria-selected"), tab.tabIndex]), [["tab", "true", 0], ["tab", "false", -1]]);
  assert.equal(find("#panel").getAttribute("role"), "tabpanel");
  assert.equal(find("#panel").getAttribute("aria-labelledby"), "one");
});

test("arrows walk round and nothing is opened by them", () => {
  const focusAfter = (key) => {
    press(document.activeElement, key);
    return document.activeElement.id;
  };
  find("#one").focus();
  assert.deepEqual(["ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End"].map(focusAfter), ["two", "one", "two", "one", "two"]);
  assert.equal(find("#two").getAttribute("aria-selected"), "false");
});

test("other keys stay the browser's", () => {
  find("#one").focus();
  assert.equal(press(find("#one"), "Enter").defaultPrevented, false);
});
