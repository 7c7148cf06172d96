// What is typed into the form of a step is kept before anything else that is pressed on the page.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import KeepController from "#js/controllers/keep.js";
import { find, fire, settle, show } from "./page.js";

// No <form>: happy-dom takes one whose attributes change for another element.
const FORM = `<div id="form" action="/steps/a" data-controller="keep"><input id="word" name="word"><input type="search" id="search">
  <aside data-unguarded><input id="preview"></aside><button type="button" id="inside"></button><a id="back" href="/w/1">Back</a><button type="submit" id="keep" name="do" value="keep" data-keep-target="button"></button>
  <p data-keep-target="made" data-name="tags-3" data-account="3"></p></div>`;
const PAGE = `<div id="panel">${FORM}</div><button id="save" data-when-typed disabled></button><button id="other"></button><a id="away" href="#step">b</a>
  <span id="state" data-when-typed hidden></span>`;
let pressed;
let requests;

const type = (id = "word") => {
  find(`#${id}`).value += "x";
  fire(find(`#${id}`), "input");
};

// Sends a request of the form, as htmx tells of it.
const send = (action, sourceElement) => {
  const ctx = { sourceElement, request: { form: find("#form"), method: "POST", action } };
  requests.push(ctx);
  fire(document, "htmx:before:request", { detail: { ctx } });
};

// Answers the request that has waited longest; without a status it was lost.
const answer = async (status) => {
  const ctx = requests.shift();
  if (status) ctx.response = { status };
  fire(document, "htmx:finally:request", { detail: { ctx } });
  await settle();
};

const isUnsaved = () => find("#form").hasAttribute("data-unsaved");

beforeEach(async () => {
  [pressed, requests] = [[], []];
  await show(PAGE, { keep: KeepController });
  for (const id of ["save", "other", "away", "inside", "back"]) find(`#${id}`).addEventListener("click", (event) => { event.preventDefault(); pressed.push(id); });
  find("#keep").addEventListener("click", (event) => { event.preventDefault(); send("/steps/a", find("#keep")); });
});

test("a press elsewhere waits until what was typed is kept", async () => {
  find("#other").click();
  assert.deepEqual([pressed, requests.length], [["other"], 0]);
  type();
  find("#away").click();
  assert.deepEqual([pressed, requests.length], [["other"], 1]);
  await answer(200);
  assert.deepEqual([pressed, isUnsaved()], [["other", "away"], false]);
});

test("what was pressed is found again where the answer has drawn it again", async () => {
  type();
  find("#other").click();
  find("#other").replaceWith(Object.assign(document.createElement("button"), { id: "other" }));
  find("#other").addEventListener("click", () => pressed.push("drawn"));
  await answer(200);
  assert.deepEqual(pressed, ["drawn"]);
});

test("a press is dropped where the answer refuses, and the next one is done", async () => {
  for (const status of [409, undefined]) {
    type();
    find("#away").click();
    await answer(status);
    assert.deepEqual([pressed.splice(0), isUnsaved()], [[], true]);
    find("#away").click();
    assert.deepEqual([pressed.splice(0), requests.length], [["away"], 0]);
  }
});

test("what is typed while an answer is on its way is kept before the press as well", async () => {
  type();
  find("#away").click();
  type();
  await answer(200);
  assert.deepEqual([pressed, requests.length, isUnsaved()], [[], 1, true]);
  await answer(200);
  assert.deepEqual([pressed, isUnsaved()], [["away"], false]);
});

test("a link of the form that leads away waits as well", async () => {
  type();
  find("#back").click();
  assert.deepEqual([pressed, requests.length], [[], 1]);
  await answer(200);
  assert.deepEqual(pressed, ["back"]);
});

test("each change is kept by itself, and what is pressed in the form, searched or shown in a preview waits for nothing", async () => {
  for (const id of ["search", "preview"]) type(id);
  find("#away").click();
  assert.deepEqual(pressed, ["away"]);
  type();
  find("#inside").click();
  assert.deepEqual(pressed, ["away", "inside"]);
  mock.timers.enable({ apis: ["setTimeout"] });
  fire(find("#word"), "change");
  mock.timers.tick(50);
  mock.timers.reset();
  assert.equal(requests.length, 1);
});

test("what a button of the composer changed is kept after its answer", async () => {
  send("/composer/1", find("#inside"));
  find("#away").click();
  assert.deepEqual([pressed, requests.length], [[], 1]);
  await answer(200);
  assert.deepEqual([pressed, requests.map(({ request }) => request.action)], [[], ["/steps/a"]]);
  await answer(200);
  assert.deepEqual(pressed, ["away"]);
});

test("while something is not kept, Save can be pressed, the page says so, and leaving it asks first", async () => {
  const leaves = () => fire(window, "beforeunload").defaultPrevented;
  assert.ok(find("#save").disabled && !leaves());
  type();
  assert.ok(!find("#save").disabled && !find("#state").hidden && leaves());
  find("#keep").click();
  await answer(200);
  assert.ok(!leaves());
});

test("a form that is taken away sends what it still has, and a press that waited for it is done", async () => {
  const sent = [];
  globalThis.FormData = class extends Map {
    constructor(form) { super([["word", form.querySelector("#word").value]]); }
    append(...pair) { this.set(...pair); }
  };
  globalThis.fetch = (url, { body }) => sent.push([url, body.get("word"), body.get("do")]);
  type();
  find("#panel").replaceChildren();
  await settle();
  assert.deepEqual(sent, [["/steps/a", "x", "keep"]]);
  await show(PAGE, { keep: KeepController });
  find("#away").addEventListener("click", () => pressed.push("away"));
  find("#keep").addEventListener("click", (event) => { event.preventDefault(); send("/steps/a", find("#keep")); });
  type();
  find("#away").click();
  find("#panel").replaceChildren();
  await settle();
  assert.deepEqual([pressed, sent.length], [["away"], 1]);
});

test("what was made from the form is chosen in it, of its own account alone", async () => {
  fire(document, "tags-changed", { detail: { account: 4, made: 8 } });
  fire(document, "tags-changed");
  assert.equal(find("[name^=tags]"), null);
  fire(document, "tags-changed", { detail: { account: 3, made: 9 } });
  assert.deepEqual([find("[name=tags-3]").value, isUnsaved()], ["9", true]);
});
