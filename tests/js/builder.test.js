import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import BuilderController from "#js/controllers/builder.js";
import { find, fire, press, settle, show } from "./page.js";

const card = (id) => `<article class="workflow-card" id="node-${id}"><a id="open-${id}" href="/w/1/steps/${id}"></a></article>`;
const PAGE = `<div data-controller="builder" data-url="/w/1"><div data-builder-target="canvas" id="canvas"><div id="flow" data-builder-target="flow">
  ${card("start")}${card("a")}${card("b")}${card("c")}</div></div>
  <aside id="workflow-panel" class="builder-panel" data-builder-target="panel"></aside></div>`;
// The cards stand like this: start, below it a, below that b at the left and c at the right.
const PLACES = { start: [100, 0], a: [100, 100], b: [0, 200], c: [200, 200] };
const fill = (id) => {
  find("#workflow-panel").innerHTML = id && `<h2 id="panel-title" tabindex="-1" data-step="${id}"></h2><a id="close-panel" href="/w/1" data-action="builder#close"></a><aside><input id="preview"></aside><input id="field">`;
  fire(document, "htmx:after:swap", { detail: { ctx: {} } });
};
const focused = () => document.activeElement?.id;
const key = (name, extra = {}) => press(document.activeElement, name, extra);

beforeEach(async () => {
  await show(PAGE, { builder: BuilderController });
  for (const [id, [left, top]] of Object.entries(PLACES)) {
    const one = find(`#node-${id}`);
    one.getBoundingClientRect = () => ({ left, top, right: left + 50, bottom: top + 50, height: 50 });
    one.scrollIntoView = () => {};
  }
});

test("a form that opens has the focus in its first field, but not in a preview; Escape leads back to the step", async () => {
  fill("b");
  await settle();
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

const change = (act) => {
  fire(document, "htmx:before:swap", { detail: { ctx: {} } });
  act();
  fire(document, "htmx:after:swap", { detail: { ctx: {} } });
};

test("when a step is gone, the nearest place above it has the focus, whether its form was open or not", () => {
  find("#open-c").focus();
  change(() => find("#node-c").remove());
  assert.equal(focused(), "open-a");
  fill("b");
  change(() => { find("#node-b").remove(); find("#node-a").remove(); });
  assert.equal(focused(), "open-start");
  assert.equal(find("#workflow-panel").childElementCount, 0);
});

test("what is typed into the form of a step that another member has deleted keeps the focus", () => {
  fill("b");
  fire(document, "htmx:before:swap", { detail: { ctx: {} } });
  find("#node-b").remove();
  fire(document, "htmx:after:swap", { detail: { ctx: { sourceElement: { id: "workflow-watch" } } } });
  assert.equal(focused(), "field");
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

const shownBy = (sourceElement) => fire(document, "htmx:after:swap", { detail: { ctx: { sourceElement, target: find("#workflow-panel") } } });

test("a link leads into a form that stands open already, and what keys have pasted leaves the focus on its card", () => {
  fill("b");
  find("#open-b").focus();
  shownBy(find("#open-b"));
  assert.equal(focused(), "field");
  find("#workflow-panel").innerHTML = '<h2 data-step="c"></h2><input id="field">';
  shownBy(Object.assign(document.createElement("button"), { id: "flow-command" }));
  assert.equal(focused(), "open-c");
});

test("a form that holds what is not kept stays, though its step is gone", () => {
  fill("b");
  find("#workflow-panel").innerHTML += "<form data-unsaved></form>";
  change(() => find("#node-b").remove());
  assert.ok(find("[data-step=b]"));
});
