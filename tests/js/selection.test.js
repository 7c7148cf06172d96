import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import SelectionController from "#js/controllers/selection.js";
import { find, fire, htmx, show } from "./page.js";

const row = '<input type="checkbox" data-selection-target="row" data-action="selection#chooseRow">';
const LIST = `<div data-controller="selection">
  <span id="poll" data-action="htmx:before:request->selection#hold"></span>
  <input type="hidden" data-selection-target="wholeValue" value="">
  <div data-selection-target="bar" hidden><span data-selection-target="count" data-label="{n} chosen" data-whole-label="All"></span>
  <button data-selection-target="whole" data-action="selection#chooseWhole"></button><button id="tag"></button><a data-action="selection#chooseNone"></a></div>
  <input type="checkbox" id="page" data-selection-target="page" data-action="selection#choosePage">${row}${row}</div>`;
const rows = () => [...document.querySelectorAll("[data-selection-target=row]")];
const tick = (box, isChecked) => {
  box.checked = isChecked;
  fire(box, "input");
};
const count = () => find("[data-selection-target=count]").textContent;
const bar = () => find("[data-selection-target=bar]");

beforeEach(() => show(LIST, { selection: SelectionController }));

test("some rows: the bar says how many and the box of the page is half", () => {
  assert.equal(bar().hidden, true);
  tick(rows()[0], true);
  assert.equal(bar().hidden, false);
  assert.equal(count(), "1 chosen");
  assert.equal(find("#page").indeterminate, true);
  assert.equal(find("button").hidden, true);
});

test("the page's box chooses all rows, and only then the whole result is offered", () => {
  tick(find("#page"), true);
  assert.deepEqual(rows().map((one) => one.checked), [true, true]);
  assert.equal(find("button").hidden, false);
});

test("the whole result is sent as such until a row is changed", () => {
  tick(find("#page"), true);
  find("button").click();
  assert.equal(count(), "All");
  assert.equal(find("[type=hidden]").value, "1");
  assert.equal(document.activeElement.id, "tag");
  tick(rows()[1], false);
  assert.equal(find("[type=hidden]").value, "");
  assert.equal(count(), "1 chosen");
});

test("none: the bar goes", () => {
  tick(find("#page"), true);
  find("a").click();
  assert.equal(bar().hidden, true);
  assert.equal(document.activeElement.id, "page");
  assert.deepEqual(rows().map((one) => one.checked), [false, false]);
});

test("a list that a reader chooses from is not refreshed", () => {
  assert.equal(htmx("before:request", { sourceElement: find("#poll") }).defaultPrevented, false);
  tick(rows()[0], true);
  assert.equal(htmx("before:request", { sourceElement: find("#poll") }).defaultPrevented, true);
});

test("the whole result is named with its number once that is known", () => {
  const [button, said] = [find("button"), find("[data-selection-target=count]")];
  button.dataset.label = "Choose the whole result";
  button.dataset.countedLabel = "Choose all {n}";
  said.dataset.countedLabel = "All {n}";
  tick(find("#page"), true);
  assert.equal(button.textContent, "Choose the whole result");
  find("[data-controller=selection]").insertAdjacentHTML("beforeend", '<span data-selection-target="total" data-shown="6,000"></span>');
  tick(find("#page"), true);
  assert.equal(button.textContent, "Choose all 6,000");
  button.click();
  assert.equal(count(), "All 6,000");
});
