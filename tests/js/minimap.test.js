import assert from "node:assert/strict";
import { test } from "node:test";
import MinimapController from "#js/controllers/minimap.js";
import { find, fire, show } from "./page.js";

const SIZES = { scrollWidth: 600, scrollHeight: 2200, clientWidth: 300, clientHeight: 400 };
const place = (left, top, width = 200, height = 60) => () => ({ left, top, width, height, right: left + width, bottom: top + height });

async function open(number, sizes = SIZES) {
  const cards = Array.from({ length: number }, (_, at) => `<article class="workflow-card" id="card-${at}"></article>`).join("");
  await show(`<div data-controller="minimap"><div id="canvas" data-minimap-target="canvas">${cards}</div>
    <svg id="map" hidden data-minimap-target="overview" data-action="pointerdown->minimap#go"></svg>
    <button id="switch" hidden data-minimap-target="switch" data-action="minimap#toggle">Map</button></div>`, { minimap: MinimapController });
  for (const [name, value] of Object.entries(sizes)) Object.defineProperty(find("#canvas"), name, { value });
  find("#canvas").getBoundingClientRect = place(10, 20);
  for (let at = 0; at < number; at += 1) find(`#card-${at}`).getBoundingClientRect = place(210, 20 + at * 70);
  fire(document, "htmx:after:swap");
}

test("a flow of more than 30 steps has a map with all of them and the part that is shown", async () => {
  await open(31);
  assert.ok(!find("#map").hasAttribute("hidden"));
  assert.equal(document.querySelectorAll("#map .map-card").length, 31);
  const card = document.querySelectorAll("#map .map-card")[1];
  assert.deepEqual(["x", "y", "width", "height"].map((name) => card.getAttribute(name)), ["30.0", "7.0", "30.0", "6.0"]);
  assert.equal(find(".map-view").getAttribute("height"), "40.0");
});

test("a small flow has none, nor has one that is all on the screen", async () => {
  await open(30);
  assert.ok(find("#map").hasAttribute("hidden"));
  await open(31, { scrollWidth: 300, scrollHeight: 400, clientWidth: 300, clientHeight: 400 });
  assert.ok(find("#map").hasAttribute("hidden"));
});

test("a press on the map goes there", async () => {
  await open(31);
  find("#map").getBoundingClientRect = place(500, 500);
  fire(find("#map"), "pointerdown");
  const event = new window.MouseEvent("pointerdown", { bubbles: true, buttons: 1, clientX: 545, clientY: 600 });
  find("#map").dispatchEvent(event);
  assert.deepEqual([find("#canvas").scrollLeft, find("#canvas").scrollTop], [150, 800]);
});

test("where the page scrolls in place of the canvas, the map shows what is on the screen and scrolls the page", async () => {
  await open(31, { scrollWidth: 300, scrollHeight: 2200, clientWidth: 300, clientHeight: 2200 });
  find("#canvas").getBoundingClientRect = place(0, -700);
  fire(document, "htmx:after:swap");
  const view = find(".map-view");
  assert.deepEqual(["y", "height"].map((name) => view.getAttribute(name)), ["70.0", "76.8"]);
  find("#map").getBoundingClientRect = place(0, 500);
  let moved = null;
  window.scrollBy = (across, down) => { moved = [across, down]; };
  find("#map").dispatchEvent(new window.MouseEvent("pointerdown", { bubbles: true, buttons: 1, clientX: 10, clientY: 600 }));
  assert.deepEqual(moved, [0, 1000 - 384 - 700]);
});

test("the button shows and hides the map, and is there only where there is one", async () => {
  await open(30);
  assert.ok(find("#switch").hasAttribute("hidden"));
  await open(31);
  assert.ok(!find("#switch").hasAttribute("hidden"));
  find("#switch").click();
  assert.ok(find("[data-controller]").classList.contains("has-map"));
  assert.equal(find("#switch").getAttribute("aria-pressed"), "true");
  find("#switch").click();
  assert.equal(find("#switch").getAttribute("aria-pressed"), "false");
});
