import assert from "node:assert/strict";
import { test } from "node:test";
import SheetController from "#js/controllers/sheet.js";
import { find, press, settle, show } from "./page.js";

const BAR = '<button id="bar" data-sheet-target="bar" data-action="sheet#toggle" aria-expanded="false"></button>';
const PAGE = `<div id="page" data-controller="sheet" data-action="keydown.esc->sheet#hide">${BAR}
  <aside data-sheet-target="area"><h2 id="title" tabindex="-1">Preview</h2></aside></div>`;
const isOpen = () => find("#page").hasAttribute("data-sheet-open");
const said = () => find("#bar").getAttribute("aria-expanded");

test("the bar shows the sheet, where the keyboard goes on, and hides it", async () => {
  await show(PAGE, { sheet: SheetController });
  find("#bar").click();
  assert.deepEqual([isOpen(), said(), document.activeElement.id], [true, "true", "title"]);
  find("#bar").click();
  assert.deepEqual([isOpen(), said()], [false, "false"]);
});

test("Escape hides the sheet and goes back to the bar; without a sheet it does nothing", async () => {
  await show(PAGE, { sheet: SheetController });
  press(find("#title"), "Escape");
  assert.notEqual(document.activeElement.id, "bar");
  find("#bar").click();
  press(find("#title"), "Escape");
  assert.deepEqual([isOpen(), said(), document.activeElement.id], [false, "false", "bar"]);
});

test("a bar that is drawn again says whether the sheet is open", async () => {
  await show(PAGE, { sheet: SheetController });
  find("#bar").click();
  find("#bar").outerHTML = BAR;
  await settle();
  assert.deepEqual([isOpen(), said()], [true, "true"]);
});
