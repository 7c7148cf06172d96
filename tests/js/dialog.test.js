import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import CommandsController from "#js/controllers/commands.js";
import DialogController from "#js/controllers/dialog.js";
import { find, fire, htmx, show } from "./page.js";

const PAGE = `<div data-controller="commands" data-action="click->commands#run">
  <button id="open" commandfor="d" command="show-modal"></button>
  <dialog id="d" data-controller="dialog" data-action="click->dialog#closeBeside htmx:before:request@document->dialog#hold htmx:before:swap@document->dialog#hold htmx:before:swap@document->dialog#closeAfterForm htmx:after:swap@document->dialog#enter">
  <button id="close" commandfor="d" command="close"></button><form id="inside"></form><a id="there" href="#node-1">There</a><a id="away" href="/workflows/1#node-1">Away</a></dialog><form id="outside"></form></div>`;

beforeEach(async () => {
  await show(PAGE, { commands: CommandsController, dialog: DialogController });
  find("#open").click();
});

test("buttons open and close it where the browser does not know commands", () => {
  assert.equal(find("dialog").open, true);
  find("#close").click();
  assert.equal(find("dialog").open, false);
});

test("a click beside it closes it, a click inside does not", () => {
  fire(find("#inside"), "click");
  assert.equal(find("dialog").open, true);
  fire(find("dialog"), "click");
  assert.equal(find("dialog").open, false);
});

test("a link to a place of the page behind it closes it, one to another page does not", () => {
  find("#away").addEventListener("click", (event) => event.preventDefault());
  fire(find("#away"), "click");
  assert.equal(find("dialog").open, true);
  fire(find("#there"), "click");
  assert.equal(find("dialog").open, false);
});

test("it closes after its form was accepted, not after a refusal or another form", () => {
  htmx("before:swap", { sourceElement: find("#inside"), response: { status: 422 } });
  htmx("before:swap", { sourceElement: find("#outside"), response: { status: 200 } });
  assert.equal(find("dialog").open, true);
  htmx("before:swap", { sourceElement: find("#inside"), response: { status: 200 } });
  assert.equal(find("dialog").open, false);
});

test("a question that came after it opened has the focus, unless the reader has gone elsewhere in it", () => {
  const come = (source) => fire(document, "htmx:after:swap", { detail: { ctx: { sourceElement: find(source) } } });
  find("#close").classList.add("btn-close");
  find("dialog").classList.add("dialog");
  find("#inside").innerHTML = '<button id="first" type="button"></button>';
  find("dialog").prepend(find("#inside"));
  find("#close").focus();
  come("#outside");
  assert.equal(document.activeElement.id, "close");
  come("#open");
  assert.equal(document.activeElement.id, "first");
  find("#there").focus();
  come("#open");
  assert.equal(document.activeElement.id, "there");
});

test("what the page asks for by itself waits while it would take an open dialog away", async () => {
  await show(`<div id="part" hx-trigger="every 1s">${PAGE}</div><i id="other" hx-trigger="every 1s"></i>`, { commands: CommandsController, dialog: DialogController });
  const asks = (kind, source, target = source) => htmx(kind, { sourceElement: find(source), target: find(target), response: { status: 200 } }).defaultPrevented;
  assert.equal(asks("before:request", "#part"), false);
  find("#open").click();
  assert.equal(asks("before:request", "#part"), true);
  assert.equal(asks("before:swap", "#part"), true);
  assert.equal(asks("before:request", "#other"), false);
  assert.equal(asks("before:swap", "#inside", "#part"), false);
});

test("a question that could not be fetched does not stay open without words", () => {
  find("#open").setAttribute("hx-get", "/question");
  htmx("before:swap", { sourceElement: find("#open"), response: { status: 200 } });
  assert.equal(find("dialog").open, true);
  htmx("before:swap", { sourceElement: find("#open"), response: { status: 409 } });
  assert.equal(find("dialog").open, false);
});
