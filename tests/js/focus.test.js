import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import FocusController from "#js/controllers/focus.js";
import { find, fire, htmx, press, show } from "./page.js";

const PAGE = `<div data-controller="focus"><main id="content"><section id="part"><h2>Part</h2><button id="b">Go</button>
  <a id="c" data-next="gone there"></a><i id="poll" hx-trigger="every 1s"></i></section><button id="there">There</button>
  <ul id="list"><li>one</li><li><button>Show more</button></li></ul></main></div>`;

beforeEach(() => show(PAGE, { focus: FocusController }));

// As htmx does: it asks, the answer comes, the target is replaced.
const swap = (source, html, { target = "#part", status = 200, between = () => {}, submitter } = {}) => {
  const element = find(target);
  const ctx = { sourceElement: find(source), target: element, request: { submitter }, response: { status } };
  const detail = { ctx, tasks: [{ target: element, swapSpec: { style: "outerHTML" } }] };
  fire(find(source), "htmx:config:request", { detail });
  between();
  fire(document, "htmx:before:swap", { detail });
  element.outerHTML = html;
  fire(document, "htmx:after:swap", { detail });
};
const has = () => document.activeElement?.id || document.activeElement?.textContent;
const focus = (selector) => find(selector).focus();

test("the successor of a replaced control gets the focus", () => {
  focus("#b");
  swap("#b", '<section id="part"><h2>Part</h2><button id="b">New</button></section>');
  assert.equal(has(), "b");
});

test("without a successor the heading of the part has it, as long as it is looked at", () => {
  focus("#b");
  swap("#b", '<section id="part"><dialog><h2>No</h2></dialog><h2 id="heading">Part</h2></section>');
  assert.equal(has(), "heading");
  assert.equal(find("h2#heading").tabIndex, -1);
  focus("#there");
  assert.equal(find("h2#heading").hasAttribute("tabindex"), false);
});

test("a control says where to go on, at the first that is there", () => {
  focus("#c");
  swap("#c", '<section id="part"><h2>Part</h2></section>');
  assert.equal(has(), "there");
  find("#part").innerHTML = '<form id="f"><button id="go" data-next="there">Go</button></form><h2>Part</h2>';
  focus("#go");
  swap("#f", '<section id="part"><h2>Part</h2></section>', { submitter: find("#go") });
  assert.equal(has(), "there");
});

test("a form that was not there before has its first field, one that was there its heading", () => {
  focus("#b");
  const form = '<section id="part"><h2 id="heading">Part</h2><input type="hidden"><input id="field"><button id="x">Save</button></section>';
  swap("#b", form);
  assert.equal(has(), "field");
  focus("#x");
  swap("#x", form.replace('id="x"', ""));
  assert.equal(has(), "heading");
});

test("a refused form has its first wrong field, or its complaint, wherever the button stands", () => {
  const refused = '<section id="part"><h2>Part</h2><input id="right"><input id="wrong" class="is-invalid"></section>';
  focus("#there");
  swap("#there", refused, { status: 422 });
  assert.equal(has(), "wrong");
  focus("#there");
  swap("#there", '<section id="part"><h2>Part</h2><p id="complaint" class="alert" role="alert"></p><input></section>', { status: 422 });
  assert.equal(has(), "complaint");
  focus("#there");
  swap("#there", refused, { status: 200 });
  assert.equal(has(), "there");
  // What was kept though something is missing.
  swap("#there", refused.replace("<section", "<section data-complains"), { status: 200 });
  assert.equal(has(), "wrong");
});

test("a line that is gone leaves the next one, the last one its list, and what came in its place is next", () => {
  find("#list").innerHTML = '<li id="a"><button>A</button></li><li><button id="second">B</button></li>';
  find("#a button").focus();
  const target = find("#a");
  const ctx = { sourceElement: target, target, request: {}, response: { status: 200 } };
  const detail = { ctx, tasks: [{ target, swapSpec: { style: "delete" } }] };
  fire(target, "htmx:config:request", { detail });
  fire(document, "htmx:before:swap", { detail });
  target.remove();
  fire(document, "htmx:after:swap", { detail });
  assert.equal(has(), "second");
  find("#list").innerHTML = '<li>one</li><li><button>Show more</button></li>';
  find("#list button").focus();
  swap("#list button", '<li id="two">two</li><li>three</li>', { target: "#list li:last-child" });
  assert.equal(has(), "two");
});

test("a reader who went elsewhere stays there, also where the answer came for nothing of theirs", () => {
  focus("#b");
  swap("#b", '<section id="part"><h2 id="heading">Part</h2></section>', { between: () => { press(document.body, "Tab"); focus("#there"); } });
  assert.equal(has(), "there");
  document.activeElement.blur();
  swap("#part", '<section id="part"><h2 id="heading">Part</h2></section>');
  assert.equal(document.activeElement, document.body);
});

test("a control that is disabled while the answer is on its way has lost nothing", () => {
  focus("#b");
  swap("#b", '<section id="part"><h2 id="heading">Part</h2></section>', { between: () => document.activeElement.blur() });
  assert.equal(has(), "heading");
});

test("what the page asks for by itself moves only a focus that it takes away", () => {
  focus("#b");
  swap("#poll", '<section id="part"><h2 id="heading">Part</h2><i id="poll" hx-trigger="every 1s"></i></section>');
  assert.equal(has(), "heading");
  focus("#there");
  swap("#poll", '<section id="part"><h2>Part</h2></section>');
  assert.equal(has(), "there");
  assert.equal(htmx("before:swap", { sourceElement: find("#part") }).defaultPrevented, false);
});

test("a form that closes its dialog leads to what came of it, where that is there", () => {
  find("#list").innerHTML = '<li><dialog open><form id="f" data-next="outcome"></form></dialog><button id="opener">Open</button></li>';
  const send = (html) => swap("#f", html, { between: () => { find("dialog").removeAttribute("open"); focus("#opener"); } });
  send('<section id="part"><p id="outcome" tabindex="-1">Done</p></section>');
  assert.equal(has(), "outcome");
  find("dialog").setAttribute("open", "");
  send('<section id="part"></section>');
  assert.equal(has(), "opener");
});

test("what the page asks for by itself does not move the page below the reader", () => {
  const options = [];
  const original = window.HTMLElement.prototype.focus;
  window.HTMLElement.prototype.focus = function focusing(given) { options.push(given?.preventScroll ?? false); original.call(this, given); };
  const drawn = '<section id="part"><button id="b">Go</button><i id="poll" hx-trigger="every 1s"></i></section>';
  focus("#b");
  swap("#poll", drawn);
  swap("#b", drawn);
  window.HTMLElement.prototype.focus = original;
  assert.deepEqual(options, [false, true, false]);
});

test("a page that opens with faults begins at the first wrong field, or at what is said of none", async () => {
  const page = (fault) => `<div data-controller="focus"><form data-complains><input id="right"><p class="invalid-feedback"></p>${fault}</form></div>`;
  await show(page('<input id="wrong" class="is-invalid"><p class="invalid-feedback" id="said">No.</p>'), { focus: FocusController });
  assert.equal(has(), "wrong");
  await show(page('<p class="invalid-feedback" id="said">Add a message.</p>'), { focus: FocusController });
  assert.equal(has(), "said");
  await show(page('<p class="invalid-feedback" id="said">Add a message.</p>').replace(" data-complains", ""), { focus: FocusController });
  assert.equal(document.activeElement, document.body);
});

test("a part that comes back with complaints begins at the first one, also of what was kept", () => {
  focus("#b");
  swap("#b", '<section id="part" data-complains><input><input id="wrong" class="is-invalid"></section>');
  assert.equal(has(), "wrong");
});

test("what is wrong stands where the answer says that it belongs", () => {
  const detail = { ctx: { sourceElement: find("#b"), target: "#part", request: {}, response: { status: 409 } }, tasks: [] };
  fire(find("#b"), "htmx:config:request", { detail });
  find("#part").innerHTML = '<input id="wrong" class="is-invalid">';
  fire(document, "htmx:after:swap", { detail });
  assert.equal(has(), "wrong");
});

test("a control that cannot be used any more has not kept the focus", () => {
  const [button, part] = [find("#b"), find("#part")];
  button.dataset.next = "there";
  button.focus();
  const ctx = { sourceElement: button, target: part, request: {}, response: { status: 200 } };
  const detail = { ctx, tasks: [{ target: part, swapSpec: { style: "outerMorph" } }] };
  for (const kind of ["config:request", "before:swap"]) fire(button, `htmx:${kind}`, { detail });
  // A browser takes the focus away later.
  Object.defineProperty(button, "disabled", { value: true });
  fire(document, "htmx:after:swap", { detail });
  assert.equal(has(), "there");
});
