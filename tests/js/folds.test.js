import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import FoldsController from "#js/controllers/folds.js";
import { find, fire, show } from "./page.js";

const step = (id, inside = "") => `<li class="flow-step" id="step-${id}"><article class="workflow-card" id="node-${id}"></article>${inside && `<button id="fold-${id}" data-folds-target="fold" data-fold="${id}" data-action="folds#toggle"></button><div class="flow-group"><ol>${inside}</ol></div>`}</li>`;
const PAGE = `<div data-controller="folds" data-url="/w/1"><ol id="flow">${step("a", step("b", step("c")))}</ol><aside id="panel"></aside><a id="jump" href="#node-c"></a></div>`;
const folded = (id) => find(`#step-${id}`).classList.contains("is-folded");
const open = (page = PAGE) => show(page, { folds: FoldsController });

beforeEach(async () => {
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  await open();
});

test("branches are collapsed and shown, also after the server has drawn them again", async () => {
  find("#fold-a").click();
  assert.deepEqual([folded("a"), find("#fold-a").getAttribute("aria-expanded")], [true, "false"]);
  find("#step-a").classList.remove("is-folded");
  fire(document, "htmx:after:swap");
  assert.ok(folded("a"));
  await open();
  assert.ok(folded("a"), "kept while the browser is open");
  find("#fold-a").click();
  assert.deepEqual([folded("a"), find("#fold-a").getAttribute("aria-expanded")], [false, "true"]);
});

test("a step to which a link leads, or whose form is open, is shown", () => {
  find("#fold-b").click();
  find("#fold-a").click();
  find("#jump").click();
  assert.deepEqual([folded("a"), folded("b")], [false, false]);
  find("#fold-b").click();
  find("#panel").innerHTML = '<h2 data-step="c"></h2>';
  fire(document, "htmx:after:swap");
  assert.ok(!folded("b"));
});

test("what the browser keeps may be anything", async () => {
  sessionStorage.setItem("folds:/w/1", "{");
  await open();
  assert.ok(!folded("a"));
});

test("what was pressed stays where it is while the flow around it gets narrower", async () => {
  await open(`<div data-zoom-target="canvas">${PAGE}</div>`);
  const canvas = find("[data-zoom-target=canvas]");
  for (const [name, value] of Object.entries({ scrollHeight: 900, clientHeight: 400 })) Object.defineProperty(canvas, name, { value });
  canvas.scrollLeft = 600;
  const places = [{ left: 180, top: 50 }, { left: -369, top: 40 }];
  find("#fold-b").getBoundingClientRect = () => places.shift();
  find("#fold-b").click();
  assert.deepEqual([canvas.scrollLeft, canvas.scrollTop], [51, -10]);
});
