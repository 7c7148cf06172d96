import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import DrawerController from "#js/controllers/drawer.js";
import { find, fire, show } from "./page.js";

const PAGE = `<a href="/1" id="link" data-drawer-title="Message"></a><a href="/2" id="other"></a>
  <dialog id="drawer" data-controller="drawer" data-action="htmx:after:swap@document->drawer#open
    htmx:before:request@document->drawer#yield htmx:before:swap@document->drawer#finish click->drawer#closeBeside close->drawer#empty">
  <h2 data-drawer-target="title" tabindex="-1" id="title"></h2><div id="body" data-drawer-target="body"></div></dialog>`;
const fill = (html, opener = find("#link")) => {
  find("#body").innerHTML = html;
  fire(document, "htmx:after:swap", { detail: { ctx: { sourceElement: opener, target: find("#body") } } });
};
const drawer = () => find("dialog");
const close = () => {
  drawer().close();
  // Browsers tell of it themselves.
  if (find("#body").firstElementChild) fire(drawer(), "close");
};
const focused = () => document.activeElement?.id;

beforeEach(() => show(PAGE, { drawer: DrawerController }));

test("it opens with the title of its link once it has content, at the title or the first field", () => {
  fill("<p>What LINE sent</p>");
  assert.equal(drawer().open, true);
  assert.equal(find("#title").textContent, "Message");
  assert.equal(focused(), "title");
  fill('<input id="field">');
  assert.equal(focused(), "field");
});

test("an empty answer or one for another place opens nothing", () => {
  fill("");
  fire(document, "htmx:after:swap", { detail: { ctx: { sourceElement: find("#link"), target: find("#other") } } });
  assert.equal(drawer().open, false);
});

test("closed, it is empty and gives the focus back, also to a link that was drawn again", () => {
  fill("<p>a</p>");
  const link = find("#link");
  link.outerHTML = '<a href="/1" id="link">again</a>';
  close();
  assert.equal(find("#body").children.length, 0);
  assert.equal(focused(), "link");
});

test("a click beside it closes it", () => {
  fill("<p>a</p>");
  fire(find("p"), "click");
  assert.equal(drawer().open, true);
  fire(drawer(), "click");
  assert.equal(drawer().open, false);
});

test("an action on the page below closes it, and stays until the answer is there", () => {
  fill('<button id="act" data-drawer-close></button><button id="stay"></button>');
  fire(document, "htmx:before:request", { detail: { ctx: { sourceElement: find("#stay") } } });
  assert.equal(drawer().open, true);
  fire(document, "htmx:before:request", { detail: { ctx: { sourceElement: find("#act") } } });
  assert.equal(drawer().open, false);
  assert.ok(find("#act"));
});

test("a form that is done closes it, and a refused one stays", () => {
  fill('<form id="done" data-drawer-done></form>');
  const answer = (status) => fire(document, "htmx:before:swap", { detail: { ctx: { sourceElement: find("#done"), response: { status } } } });
  answer(422);
  assert.equal(drawer().open, true);
  answer(200);
  assert.equal(drawer().open, false);
  assert.ok(find("#done"));
});
