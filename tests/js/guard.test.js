import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import GuardController from "#js/controllers/guard.js";
import { find, fire, htmx, settle, show } from "./page.js";

const FORM = `<form data-controller="guard" hx-post="/x"><input name="a" value="1">
  <a data-action="guard#leave">out</a><div data-guard-target="bar"></div></form>`;
const open = (html = FORM) => show(html, { guard: GuardController });
const type = (text) => {
  find("input").value = text;
  fire(find("input"), "input");
};
const isBarShown = () => find("[data-guard-target=bar]").classList.contains("is-needed");
const asks = () => fire(window, "beforeunload").defaultPrevented;

beforeEach(() => open());

test("an unchanged form has no bar and lets go", () => {
  assert.equal(isBarShown(), false);
  assert.equal(asks(), false);
});

test("a change shows the bar and asks before leaving; taken back, it does not", () => {
  type("2");
  assert.equal(isBarShown(), true);
  assert.equal(asks(), true);
  type("1");
  assert.equal(isBarShown(), false);
  assert.equal(asks(), false);
});

test("fields that came with an answer count", () => {
  find("form").insertAdjacentHTML("beforeend", '<input name="b" value="new">');
  fire(document, "htmx:after:swap", { detail: { ctx: {} } });
  assert.equal(isBarShown(), true);
});

test("a refused form is unsaved from the start", async () => {
  await open(FORM.replace("<form ", '<form data-guard-dirty-value="true" '));
  assert.equal(isBarShown(), true);
  assert.equal(asks(), true);
});

test("while it is being saved nothing is asked, and after a refusal again", () => {
  type("2");
  const ctx = { sourceElement: find("form"), request: {} };
  fire(find("form"), "htmx:before:request", { detail: { ctx } });
  assert.equal(asks(), false);
  fire(find("form"), "htmx:finally:request", { detail: { ctx } });
  assert.equal(asks(), true);
});

test("another request's end says nothing of the save", () => {
  type("2");
  fire(find("form"), "htmx:before:request", { detail: { ctx: { sourceElement: find("form") } } });
  htmx("finally:request", { sourceElement: find("a") });
  assert.equal(asks(), false);
});

test("an answer that leads to another page lets go", () => {
  type("2");
  const ctx = { sourceElement: find("form"), hx: { redirect: "/elsewhere" } };
  fire(find("form"), "htmx:before:request", { detail: { ctx } });
  fire(find("form"), "htmx:finally:request", { detail: { ctx } });
  assert.equal(asks(), false);
});

test("a button whose answer leads away lets go", () => {
  type("2");
  const button = find("form").appendChild(document.createElement("button"));
  button.dataset.leaves = "";
  fire(button, "htmx:before:request", { detail: { ctx: { sourceElement: button } } });
  assert.equal(asks(), false);
});

test("a link that discards lets go", () => {
  type("2");
  find("a").click();
  assert.equal(asks(), false);
});

test("a form that was taken away asks nothing", async () => {
  type("2");
  find("form").remove();
  await settle();
  assert.equal(asks(), false);
});

test("what was typed before the script came counts, what only shapes the page does not", async () => {
  const fields = `<select name="c"><option>x</option><option id="y">y</option></select><textarea name="t">
old</textarea><input type="checkbox" name="k" checked><input name="u" id="u" data-unguarded>`;
  await open(FORM.replace("</form>", `${fields}</form>`));
  assert.equal(isBarShown(), false);
  find("#u").value = "z";
  fire(find("#u"), "input");
  assert.equal(isBarShown(), false);
  const early = FORM.replace("<form ", "<form id=late ").replace(' data-controller="guard"', "");
  await open(early);
  find("input").value = "typed";
  find("#late").setAttribute("data-controller", "guard");
  await settle();
  assert.ok(find("#late").hasAttribute("data-unsaved"));
  assert.equal(asks(), true);
});

test("a part that is drawn again says itself whether it holds changes", async () => {
  const part = (attributes, value) => `<div data-guard-target="part" ${attributes}><input name="p" value="${value}"></div>`;
  await open(FORM.replace("</form>", `${part("", "x")}</form>`));
  const swap = async (...drawn) => {
    find("[data-guard-target=part]").outerHTML = part(...drawn);
    await settle();
    fire(document, "htmx:after:swap", { detail: { ctx: {} } });
  };
  await swap("", "y");
  assert.equal(isBarShown(), false);
  await swap("data-guard-changed", "y");
  assert.equal(isBarShown(), true);
  await swap("", "z");
  assert.equal(isBarShown(), false);
  find("[name=p]").value = "typed";
  fire(find("[name=p]"), "input");
  assert.equal(asks(), true);
});
