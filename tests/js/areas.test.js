import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import AreasController from "#js/controllers/areas.js";
import { find, fire, press, show } from "./page.js";

const SIDES = ["x", "y", "width", "height"];
const fields = (number, values) => SIDES.map((side, at) => `<input id="area-${number}-${side}" value="${values[at]}">`).join("");
const PAGE = `<form><div id="areas" data-controller="areas" data-areas-width-value="1000" data-areas-height-value="500"
    data-areas-field-value="area-{number}-{side}" data-areas-remove-value="remove-{number}" data-areas-add-value="add"
    data-areas-command-value="add-area:" data-action="pointerdown->areas#grab keydown->areas#press">
  <svg data-areas-target="picture"><a id="areas-0" href="#area-0-x" data-number="0" data-areas-target="area" data-action="click->areas#open">
    <rect></rect><circle></circle><text></text><rect data-corner="se" width="40" height="40"></rect></a></svg>
  <button type="button" id="arm" data-areas-target="arm" data-action="areas#arm"></button></div>
  ${fields(0, [100, 100, 200, 100])}<button type="button" id="add" value="add-area"></button><button type="button" id="remove-0"></button></form>`;

const area = () => find("#areas-0");
const numbers = () => SIDES.map((side) => Number(document.getElementById(`area-0-${side}`).value));
const drawn = () => SIDES.map((side) => Number(area().querySelector("rect").getAttribute(side)));
// The picture is shown at half its size, so that a pixel on the page is two of its own.
const point = (target, kind, x, y, init = {}) => {
  const event = new window.Event(kind, { bubbles: true, cancelable: true });
  Object.assign(event, { clientX: x / 2, clientY: y / 2, button: 0, pointerType: "mouse", ...init });
  target.dispatchEvent(event);
};
const drag = (target, [x, y], [toX, toY], init = {}) => {
  point(target, "pointerdown", x, y, init);
  point(window, "pointermove", toX, toY, init);
  point(window, "pointerup", toX, toY, init);
};

beforeEach(async () => {
  await show(PAGE, { areas: AreasController });
  find("svg").getBoundingClientRect = () => ({ left: 0, top: 0, width: 500, height: 250 });
});

test("the numbers are drawn, also as they are typed", () => {
  assert.deepEqual(drawn(), [100, 100, 200, 100]);
  find("#area-0-x").value = "300";
  fire(find("#area-0-x"), "input");
  assert.deepEqual(drawn(), [300, 100, 200, 100]);
});

test("an area is dragged within the picture, and the form hears of it once", () => {
  let heard = 0;
  find("form").addEventListener("change", () => { heard += 1; });
  drag(area().querySelector("rect"), [150, 150], [250, 170]);
  assert.deepEqual(numbers(), [200, 120, 200, 100]);
  drag(area().querySelector("rect"), [150, 150], [9000, -900]);
  assert.deepEqual(numbers(), [800, 0, 200, 100]);
  assert.deepEqual(drawn(), numbers());
  assert.equal(heard, 2);
});

test("a corner resizes, and never to nothing", () => {
  const corner = find("[data-corner]");
  drag(corner, [300, 200], [400, 300]);
  assert.deepEqual(numbers(), [100, 100, 300, 200]);
  drag(corner, [400, 300], [0, 0]);
  assert.deepEqual(numbers(), [100, 100, 20, 20]);
});

test("arrow keys move, with Shift they resize, with Alt by one pixel; then the form hears of it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let heard = 0;
  find("form").addEventListener("change", () => { heard += 1; });
  press(area(), "ArrowRight");
  press(area(), "ArrowDown", { altKey: true });
  press(area(), "ArrowLeft", { shiftKey: true });
  assert.deepEqual(numbers(), [110, 101, 190, 100]);
  mock.timers.tick(300);
  assert.equal(heard, 1);
  mock.timers.reset();
});

test("Delete presses the area's button, and Enter leads to its fields", () => {
  let removed = 0;
  find("#remove-0").addEventListener("click", () => { removed += 1; });
  press(area(), "Delete");
  assert.equal(removed, 1);
  fire(area(), "click");
  assert.notEqual(document.activeElement?.id, "area-0-x");
  const enter = new window.Event("click", { bubbles: true, cancelable: true });
  enter.detail = 0;
  area().dispatchEvent(enter);
  assert.equal(document.activeElement.id, "area-0-x");
});

test("what is drawn on free ground is added by the button; a mere click is nothing", () => {
  const added = [];
  find("#add").addEventListener("click", () => added.push([find("#add").value, find("#add").dataset.next]));
  drag(find("svg"), [500, 300], [502, 302]);
  drag(find("svg"), [500, 300], [2000, 400]);
  assert.deepEqual(added, [["add-area:500,300,500,100", "areas-1"]]);
  assert.equal(document.querySelectorAll("rect").length, 2);
});

test("a finger scrolls until an area has the focus, or drawing was asked for", () => {
  const finger = { pointerType: "touch" };
  drag(area().querySelector("rect"), [150, 150], [250, 150], finger);
  drag(find("svg"), [500, 300], [700, 400], finger);
  assert.deepEqual(numbers(), [100, 100, 200, 100]);
  assert.equal(find("#add").value, "add-area");
  find("#arm").click();
  drag(area().querySelector("rect"), [150, 150], [250, 200], finger);
  assert.equal(find("#add").value, "add-area:150,150,100,50");
  assert.equal(find("#arm").getAttribute("aria-pressed"), "false");
});
