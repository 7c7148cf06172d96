import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import BuilderController from "#js/controllers/builder.js";
import { find, fire, press, show } from "./page.js";

const card = (id, extra = "") => `<article class="workflow-card" id="node-${id}" ${extra}><a id="open-${id}" href="/w/1/steps/${id}"></a></article><a id="add-${id}-next" href="#"></a>`;
const PAGE = `<button id="undo"></button><button id="redo"></button>
  <div data-controller="builder" data-url="/w/1"><div data-builder-target="canvas" id="canvas"><div id="flow" data-builder-target="flow">
  ${card("start")}<a id="add-trigger-0" href="#"></a>${card("a", 'data-removal="/w/1/steps/a/removal"')}${card("b")}${card("c")}</div></div>
  <aside id="workflow-panel" class="builder-panel" data-builder-target="panel"></aside></div>`;
// The cards stand like this: start, below it a, below that b at the left and c at the right.
const PLACES = { start: [100, 0], a: [100, 100], b: [0, 200], c: [200, 200] };
const fill = (id) => {
  find("#workflow-panel").innerHTML = id && `<h2 id="panel-title" tabindex="-1" data-step="${id}"></h2><aside><input id="preview"></aside><input id="field">`;
  fire(document, "htmx:after:swap", { detail: { ctx: {} } });
};
const focused = () => document.activeElement?.id;
const key = (name, extra = {}) => press(document.activeElement, name, extra);

beforeEach(async () => {
  await show(PAGE, { builder: BuilderController });
  for (const [id, [left, top]] of Object.entries(PLACES)) {
    const one = find(`#node-${id}`);
    one.getBoundingClientRect = () => ({ left, top, right: left + 50, bottom: top + 50 });
    one.scrollIntoView = () => {};
  }
});

test("arrows walk to the nearest step in their direction", () => {
  find("#open-start").focus();
  for (const [name, id] of [["ArrowDown", "a"], ["ArrowDown", "b"], ["ArrowRight", "c"], ["ArrowLeft", "b"], ["ArrowUp", "a"], ["ArrowLeft", "b"], ["ArrowUp", "a"], ["ArrowUp", "start"], ["ArrowUp", "start"]]) {
    key(name);
    assert.equal(focused(), `open-${id}`, name);
  }
});

test("a form that opens has the focus in its first field, but not in a preview; Escape leads back to the step", () => {
  fill("b");
  assert.equal(focused(), "field");
  assert.ok(find("#node-b").classList.contains("is-open"));
  key("Escape");
  assert.equal(focused(), "open-b");
  assert.equal(find("#workflow-panel").childElementCount, 0);
  assert.ok(!find("#node-b").classList.contains("is-open"));
});

test("the form of a step that is gone closes", () => {
  fill("b");
  find("#node-b").remove();
  fire(document, "htmx:after:swap", { detail: { ctx: {} } });
  assert.equal(find("#workflow-panel").childElementCount, 0);
});

test("plus adds below the step, Delete asks, Ctrl+Z and Ctrl+Y go back and forth, but not within a field", () => {
  const clicked = [];
  const asked = [];
  document.addEventListener("click", (event) => clicked.push(event.target.id));
  window.htmx = { ajax: (_method, url) => asked.push(url) };
  find("#open-a").focus();
  key("+");
  key("Delete");
  key("z", { ctrlKey: true });
  key("Z", { ctrlKey: true, shiftKey: true });
  key("y", { metaKey: true });
  find("#open-start").focus();
  key("+");
  fill("b");
  key("z", { ctrlKey: true });
  assert.deepEqual(clicked, ["add-a-next", "undo", "redo", "redo", "add-trigger-0"]);
  assert.deepEqual(asked, ["/w/1/steps/a/removal"]);
});

test("the form in the panel is drawn again after a change of the flow, but not after one of another member or its own", () => {
  const asked = [];
  window.htmx = { ajax: (_method, url) => asked.push(url) };
  fill("b");
  const swapped = (target, source) => fire(document, "htmx:after:swap", { detail: { ctx: { target: find(target), sourceElement: find(source) } } });
  find("#flow").insertAdjacentHTML("beforeend", '<div id="workflow-steps"></div><div id="workflow-watch"></div>');
  swapped("#field", "#field");
  swapped("#workflow-steps", "#workflow-watch");
  assert.deepEqual(asked, []);
  swapped("#workflow-steps", "#undo");
  assert.equal(asked.length, 1);
  assert.ok(asked[0].endsWith("/w/1/steps/b"));
});
