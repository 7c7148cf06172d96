import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PrintController from "#js/controllers/print.js";
import ThemeController from "#js/controllers/theme.js";
import ZoomController from "#js/controllers/zoom.js";
import { find, fire, press, show } from "./page.js";

const PAGE = `<div id="page" data-controller="zoom" data-url="/w/1"><div id="canvas" data-zoom-target="canvas" data-action="keydown->zoom#press">
  <div id="flow" data-zoom-target="flow"><div class="flow-sheet"><p></p><div id="wide"></div></div><button id="fold" data-fold="a"></button><input id="field"></div></div>
  <button id="smaller" data-zoom-target="smaller" data-action="zoom#smaller"></button><button id="own" data-zoom-target="own" data-action="zoom#own"></button>
  <button id="larger" data-zoom-target="larger" data-action="zoom#larger"></button><button id="fit" data-zoom-target="fit" data-action="zoom#fit"></button></div>`;
// A canvas of 500 × 400 with margins of 40 around a flow that is as large as it is zoomed.
const flow = { width: 600, height: 4000 };
const share = () => Number(find("#flow").style.zoom || 1);
const CANVAS = {
  clientWidth: () => 500,
  clientHeight: () => 400,
  scrollWidth: () => Math.max(500, 40 + flow.width * share()),
  scrollHeight: () => Math.max(400, 40 + flow.height * share()),
};
const drawn = () => [find("#flow").style.zoom, find("#own").textContent];
const clicked = (...ids) => ids.map((id) => {
  find(`#${id}`).click();
  return find("#own").textContent;
});

async function open() {
  await show(PAGE, { zoom: ZoomController });
  Object.defineProperty(window, "innerHeight", { value: 700, configurable: true });
  find("#canvas").scrollIntoView = () => {};
  for (const [name, get] of Object.entries(CANVAS)) Object.defineProperty(find("#canvas"), name, { get });
}

beforeEach(async () => {
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  flow.height = 4000;
  await open();
});

test("the flow is drawn smaller and larger step by step, and at its own size, as long as the browser is open", async () => {
  assert.deepEqual(drawn(), ["", "100%"]);
  assert.deepEqual(clicked("larger", "larger", "larger", "larger"), ["125%", "150%", "200%", "200%"]);
  assert.equal(find("#larger").getAttribute("aria-disabled"), "true");
  assert.deepEqual(clicked("own", "smaller", "smaller"), ["100%", "75%", "50%"]);
  await open();
  assert.deepEqual(drawn(), ["0.5", "50%"]);
  assert.deepEqual(clicked("smaller", "smaller", "smaller"), ["25%", "10%", "10%"]);
  assert.ok(find("#flow").classList.contains("is-far"));
  assert.deepEqual([find("#smaller").getAttribute("aria-disabled"), find("#larger").getAttribute("aria-disabled")], ["true", "false"]);
});

test("all of a flow is shown at once, however long it is, also after changes; and again its own size", () => {
  find("#fit").click();
  assert.ok(share() * flow.height + 40 < 401 && share() > 0.089, String(share()));
  assert.ok(find("#fit").classList.contains("active"));
  flow.height = 30_000;
  fire(document, "htmx:after:swap");
  assert.ok(share() * flow.height + 40 < 401, String(share()));
  flow.height = 300;
  find("#fold").click();
  assert.ok(share() * flow.width + 40 < 501 && share() > 0.76, String(share()));
  find("#fit").click();
  assert.deepEqual(drawn(), ["", "100%"]);
  assert.ok(!find("#fit").classList.contains("active"));
});

test("keys change the size within the flow, but not in a field or beside other keys", () => {
  for (const [key, said] of [["-", "75%"], ["=", "100%"], ["=", "125%"], ["0", "100%"]]) {
    press(find("#fold"), key);
    assert.equal(find("#own").textContent, said, key);
  }
  press(find("#fold"), "-", { ctrlKey: true });
  press(find("#field"), "-");
  press(find("#fit"), "-");
  assert.equal(find("#own").textContent, "100%");
  press(find("#fold"), "F");
  assert.ok(find("#fit").classList.contains("active"));
});

test("what stands in the middle stays there", () => {
  find("#canvas").scrollTop = 1820;
  find("#smaller").click();
  assert.equal(find("#canvas").scrollTop, 1320);
});

test("what the browser keeps may be anything", async () => {
  sessionStorage.setItem("zoom:/w/1", "7");
  await open();
  assert.deepEqual(drawn(), ["", "100%"]);
});

test("for paper the style sheet learns how wide the flow is, and one too wide to be read becomes a list", () => {
  let width = 1680;
  Object.defineProperty(find("#wide"), "scrollWidth", { get: () => width });
  find("#smaller").click();
  fire(window, "beforeprint");
  assert.deepEqual([find("#flow").style.getPropertyValue("--flow-width"), find("#flow").style.zoom], ["1680px", ""]);
  assert.ok(!find("#flow").classList.contains("is-outline"));
  fire(window, "afterprint");
  assert.deepEqual(drawn(), ["0.75", "75%"]);
  width = 9000;
  fire(window, "beforeprint");
  assert.ok(find("#flow").classList.contains("is-outline"));
});

test("a command prints the page, and paper is light", async () => {
  await show('<p id="root" data-theme="dark" data-bs-theme="dark" data-controller="theme"></p><button data-controller="print" data-action="print#open"></button>', {
    print: PrintController, theme: ThemeController,
  });
  let printed = "";
  window.print = () => {
    fire(window, "beforeprint");
    printed = find("#root").dataset.bsTheme;
    fire(window, "afterprint");
  };
  find("button").click();
  assert.deepEqual([printed, find("#root").dataset.bsTheme], ["light", "dark"]);
});
