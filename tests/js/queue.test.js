// Forms whose parts the server draws again, with htmx itself: a press waits its turn, and none is lost.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import ListEditorController from "#js/controllers/list_editor.js";
import SubmitOnceController from "#js/controllers/submit_once.js";
import { find, settle, show } from "./page.js";
import { htmxOn } from "./with_htmx.js";

const BUTTON = (id) => `<button type="submit" id="${id}" name="do" value="${id}" hx-post="/${id}" hx-target="#part" hx-swap="outerHTML" hx-sync="closest form:queue all">${id}</button>`;
const PART = (text = "") => `<div id="part" data-list-editor-target="list"><input name="text" id="text" value="${text}">${BUTTON("add")}${BUTTON("more")}</div>`;
const FORM = `<form id="form" method="post" action="/save" hx-post="/save" hx-target="#form" hx-swap="outerHTML" data-controller="list-editor">${PART()}<button type="submit" id="save">Save</button></form>`;
const PAGE = `<div data-controller="submit-once">${FORM}</div>`;
let waiting;

// Requests that were sent and wait for their answer, the first one first.
const sent = () => waiting.map(({ action }) => action);
const answer = async (body, headers = {}, status = 200) => {
  waiting.shift().done(new Response(status === 204 ? null : body, { status, headers }));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setTimeout(done, 2)).then(settle);
};

beforeEach(async () => {
  waiting = [];
  // htmx says of a button that is gone that it has no form.
  console.warn = () => {};
  await show(PAGE, { "list-editor": ListEditorController, "submit-once": SubmitOnceController });
  window.fetch = (action, { body }) => new Promise((done) => { waiting.push({ action, body, done }); });
  await htmxOn();
});

test("saving waits behind all that was pressed before", async () => {
  find("#add").click();
  find("#more").click();
  find("#save").click();
  assert.deepEqual(sent(), ["/add"]);
  await answer(PART("first"));
  assert.deepEqual(sent(), ["/more"]);
  await answer(PART("second"));
  assert.deepEqual(sent(), ["/save"]);
  assert.equal(waiting[0].body.get("text"), "second");
});

test("a second press of saving is none, however long the first one waits", async () => {
  find("#add").click();
  find("#save").click();
  find("#save").click();
  await answer(PART());
  assert.deepEqual(sent(), ["/save"]);
  await answer(FORM, {}, 422);
  assert.deepEqual(sent(), []);
  find("#save").click();
  assert.deepEqual(sent(), ["/save"]);
});

test("a button that was drawn again while it waited is pressed in its new place, before what waits behind it", async () => {
  find("#add").click();
  find("#more").click();
  find("#save").click();
  const old = find("#more");
  await answer(PART("new"));
  assert.equal(old.isConnected, false);
  assert.deepEqual([sent(), waiting[0].body.get("text")], [["/more"], "new"]);
  await answer(PART());
  assert.deepEqual(sent(), ["/save"]);
});

test("what waits behind a form that leads to another page is not sent", async () => {
  find("#save").click();
  find("#add").click();
  await answer("", { "HX-Redirect": "#elsewhere" }, 204);
  assert.deepEqual(sent(), []);
});

test("a button that waited in a form that is gone is not pressed", async () => {
  document.body.insertAdjacentHTML("beforeend", `<form id="other"><button id="keep" type="submit" hx-post="/keep" hx-sync="#form:queue all">keep</button></form>`);
  window.htmx.process(find("#other"));
  find("#add").click();
  find("#keep").click();
  find("#other").remove();
  await answer(PART());
  assert.deepEqual(sent(), []);
});

test("what waits behind a refused form is done in the new one", async () => {
  find("#save").click();
  find("#add").click();
  await answer(FORM, {}, 422);
  assert.deepEqual(sent(), ["/add"]);
  await answer(PART("added"));
  assert.equal(find("#text").value, "added");
});
