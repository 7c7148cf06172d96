import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import FlowKeysController from "#js/controllers/flow_keys.js";
import { find, press, show } from "./page.js";

const card = (id) => `<article class="workflow-card" id="node-${id}" ${id === "start" ? "" : 'data-drawer-title="Delete"'}><a id="open-${id}" href="/w/1/steps/${id}"></a></article>`;
const add = (after, exit, extra = "data-place") => `<a class="flow-add" id="add-${after}-${exit}" href="/w/1/steps/new?after=${after}&exit=${exit}" ${extra}></a>`;
// A trigger, a branch in three columns of which the second is empty, a step below where they meet.
const PAGE = `<button id="undo" formaction="/w/1/undo"></button><button id="redo" formaction="/w/1/redo" disabled></button><input id="field"><dialog id="flow-keys"></dialog>
  <div data-controller="flow-keys" data-flow-keys-copy-value="/w/1/steps/STEP/copy" data-flow-keys-cut-value="/w/1/steps/STEP/cut" data-flow-keys-removal-value="/w/1/steps/STEP/removal" data-flow-keys-paste-value="/w/1/paste">
  <div id="canvas" data-flow-keys-target="canvas">${card("start")}
  <ul><li class="flow-column"><ul class="flow-triggers"><li>${card("t")}</li><li>${card("u")}<a class="flow-add" id="add-trigger-0" href="/w/1/steps/new" data-place></a></li></ul>
  <ol class="flow-steps"><li class="flow-between">${add("t", "next", "")}</li><li class="flow-step">${card("a")}<a hidden id="ask-a-exit" href="/w/1/steps/new?after=a"></a><button class="flow-fold" id="fold-a"></button>
    <ul><li class="flow-column"><ol><li class="flow-between">${add("a", "1", "")}</li><li class="flow-step">${card("b")}</li></ol></li>
    <li class="flow-column"><ol><li>${add("a", "2")}</li></ol></li>
    <li class="flow-column"><ol><li class="flow-step">${card("c")}</li><li class="flow-step">${card("d")}</li></ol></li></ul></li>
  <li class="flow-step">${card("e")}</li><li>${add("e", "next")}</li></ol></li></ul></div>
  <button id="command" data-flow-keys-target="command"></button></div>`;
const PLACES = {
  "node-start": [150, 0], "node-t": [100, 100], "node-u": [200, 100], "add-trigger-0": [260, 110], "add-t-next": [150, 160], "node-a": [150, 200], "fold-a": [170, 252],
  "node-b": [0, 330], "add-a-2": [165, 290], "node-c": [300, 330], "node-d": [300, 430], "node-e": [150, 600], "add-e-next": [165, 670],
};
const focused = () => document.activeElement?.id;
const key = (name, extra = {}) => press(document.activeElement, name, extra);
let clicked;
let asked;

beforeEach(async () => {
  await show(PAGE, { "flow-keys": FlowKeysController });
  for (const [id, [left, top]] of Object.entries(PLACES)) {
    const size = id.startsWith("node-") ? 50 : 20;
    find(`#${id}`).getBoundingClientRect = () => ({ left, top, right: left + size, bottom: top + size, height: size });
  }
  [clicked, asked] = [[], []];
  document.addEventListener("click", (event) => clicked.push(event.target.id));
  window.htmx = { ajax: (_method, url) => asked.push(url) };
});

const walk = (...steps) => {
  for (const [name, id] of steps) {
    key(name);
    assert.equal(focused(), id, `${name} leads to ${focused()}`);
  }
};

test("arrows walk down a branch and up again, also where another branch is longer", () => {
  find("#open-b").focus();
  walk(["ArrowDown", "open-e"], ["ArrowDown", "add-e-next"], ["ArrowDown", "add-e-next"]);
  find("#open-b").focus();
  walk(["ArrowUp", "open-a"], ["ArrowUp", "open-t"], ["ArrowUp", "open-start"], ["ArrowUp", "open-start"], ["ArrowDown", "open-t"]);
  find("#open-c").focus();
  walk(["ArrowDown", "open-d"], ["ArrowDown", "open-e"], ["ArrowUp", "open-d"]);
});

test("arrows come to empty branches, and from branch to branch", () => {
  find("#open-a").focus();
  walk(["ArrowDown", "add-a-2"], ["ArrowLeft", "open-b"], ["ArrowRight", "add-a-2"], ["ArrowRight", "open-c"], ["ArrowDown", "open-d"]);
  find("#open-t").focus();
  walk(["ArrowRight", "open-u"], ["ArrowRight", "add-trigger-0"], ["ArrowLeft", "open-u"]);
  find("#fold-a").focus();
  walk(["ArrowUp", "open-a"]);
});

test("plus adds where the focus is: at a place, below a step, and asks where there are several", () => {
  for (const id of ["add-a-2", "open-start", "open-a", "fold-a", "open-e", "open-t", "open-u"]) {
    find(`#${id}`).focus();
    key("+");
  }
  assert.deepEqual(clicked, ["add-a-2", "add-trigger-0", "ask-a-exit", "ask-a-exit", "add-e-next", "add-t-next", "add-t-next"]);
});

test("Delete asks, and Ctrl+C, Ctrl+X, Ctrl+V, Ctrl+Z and Ctrl+Y send what buttons do", () => {
  find("#open-b").focus();
  key("Delete");
  assert.deepEqual(asked, ["/w/1/steps/b/removal"]);
  const sent = [];
  find("#command").addEventListener("click", ({ target }) => sent.push(target.getAttribute("hx-post")));
  key("c", { ctrlKey: true });
  key("x", { metaKey: true });
  find("#add-a-2").focus();
  key("Delete");
  key("x", { ctrlKey: true });
  key("v", { ctrlKey: true });
  assert.deepEqual(sent, ["/w/1/steps/b/copy", "/w/1/steps/b/cut", "/w/1/paste?after=a&exit=2"]);
  find("#open-a").focus();
  key("v", { ctrlKey: true });
  assert.equal(clicked.at(-1), "ask-a-exit");
  key("z", { ctrlKey: true });
  key("y", { metaKey: true });
  find("#redo").disabled = false;
  key("Z", { ctrlKey: true, shiftKey: true });
  assert.deepEqual(sent.slice(3), ["/w/1/undo", "/w/1/redo"]);
  assert.deepEqual([asked.length, focused()], [1, "open-a"]);
});

test("the Start node is neither deleted nor cut", () => {
  find("#open-start").focus();
  key("Delete");
  key("x", { ctrlKey: true });
  assert.deepEqual([clicked, asked], [[], []]);
});

test("what is typed is typed, and a selected text is copied by the browser", () => {
  find("#field").focus();
  for (const name of ["+", "?", "Delete", "ArrowDown"]) assert.equal(key(name).defaultPrevented, false);
  assert.equal(key("z", { ctrlKey: true }).defaultPrevented, false);
  find("#open-b").focus();
  window.getSelection = () => ({ isCollapsed: false });
  assert.equal(key("c", { ctrlKey: true }).defaultPrevented, false);
  assert.deepEqual([clicked, asked, focused()], [[], [], "open-b"]);
});

test("where nothing has the focus, keys go on at the place that had it last", () => {
  key("ArrowDown");
  assert.equal(focused(), "open-t");
  find("#open-c").focus();
  find("#open-c").blur();
  key("Enter");
  key("+");
  assert.equal(clicked[0], "open-c");
  key("ArrowDown");
  assert.equal(focused(), "open-d");
});

test("the question mark opens the list of keys, and below a dialog no key counts", () => {
  key("?");
  assert.ok(find("#flow-keys").open);
  find("#open-b").focus();
  key("ArrowUp");
  assert.equal(focused(), "open-b");
});
