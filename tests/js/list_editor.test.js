import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import ListEditorController from "#js/controllers/list_editor.js";
import { find, fire, press, show } from "./page.js";

const ROWS = `<select name="kind"><option value="a" selected>A</option><option value="b">B</option></select>
  <input name="text" id="text" value="server"><input type="checkbox" id="box">
  <input type="radio" name="every" id="day" value="day" checked><input type="radio" name="every" id="week" value="week">
  <button id="up-1" data-next="up-0 down-0">Up</button><button id="up-0" disabled></button><button id="down-0"></button>
  <div id="row-2"><input type="hidden"><input id="first-of-row"></div><button id="add" data-next="row-2"></button>
  <div id="body" data-focus-field><button id="picker"></button><input id="field"></div><button id="add-body" data-next="body"></button>`;
const PAGE = `<form data-controller="list-editor"><div id="list" data-list-editor-target="list">${ROWS}</div></form><a href="#" id="out"></a>`;
let ctx;

const begin = (id) => {
  ctx = { sourceElement: find(id), target: find("#list"), request: { form: find("form") } };
  find(id).focus();
  fire(find(id), "htmx:before:request", { detail: { ctx } });
};
const finish = () => fire(find("#list"), "htmx:after:swap", { detail: { ctx } });

beforeEach(() => show(PAGE, { "list-editor": ListEditorController }));

test("controls show what the server has drawn", () => {
  find("select").value = "b";
  find("#text").value = "typed before";
  find("#box").checked = true;
  begin("#up-1");
  finish();
  assert.equal(find("select").value, "a");
  assert.equal(find("#text").value, "server");
  assert.equal(find("#box").checked, false);
});

test("what is typed while the answer is on its way stays", () => {
  begin("#up-1");
  find("#text").value = "newer";
  fire(find("#text"), "input");
  finish();
  assert.equal(find("#text").value, "newer");
});

test("a radio button that is pressed while the answer is on its way stays, and its group with it", () => {
  begin("#up-1");
  find("#week").checked = true;
  fire(find("#week"), "change");
  // As the answer draws it.
  find("#day").setAttribute("checked", "");
  finish();
  assert.equal(find("#week").checked, true);
  begin("#up-1");
  finish();
  assert.equal(find("#day").checked, true);
});

test("an answer that another one follows changes nothing", () => {
  begin("#up-1");
  const first = ctx;
  begin("#up-1");
  find("#text").value = "typed";
  fire(find("#list"), "htmx:after:swap", { detail: { ctx: first } });
  assert.equal(find("#text").value, "typed");
});

test("the focus goes to the first control that the button names and that can be used", () => {
  begin("#up-1");
  finish();
  assert.equal(document.activeElement.id, "down-0");
});

test("a row that is named gives the focus to its first field", () => {
  begin("#add");
  finish();
  assert.equal(document.activeElement.id, "first-of-row");
});

test("where fields come first, buttons before them are passed over", () => {
  begin("#add-body");
  finish();
  assert.equal(document.activeElement.id, "field");
});

test("a reader who went elsewhere stays there", () => {
  begin("#up-1");
  press(document.body, "Tab");
  find("#out").focus();
  finish();
  assert.equal(document.activeElement.id, "out");
});

test("a queued request speaks of the form as it is when it leaves", () => {
  begin("#up-1");
  assert.equal(ctx.request.body.get("text"), "server");
  find("#text").value = "later";
  begin("#up-1");
  assert.equal(ctx.request.body.get("text"), "later");
});
