import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import FocusController from "#js/controllers/focus.js";
import RequestsController from "#js/controllers/requests.js";
import SubmitOnceController from "#js/controllers/submit_once.js";
import { find, fire, htmx, press, show } from "./page.js";

const BODY = `<div id="body" data-controller="requests focus submit-once" data-requests-lost-value="Lost." data-requests-strange-value="Refused ({status})."
  data-action="htmx:config:request@document->requests#addToken htmx:before:response@document->requests#refuse htmx:error@document->requests#tell
    htmx:config:request@document->focus#remember htmx:after:swap@document->focus#restore keydown@document->focus#forget">
  <main><a id="a"></a><form id="f" method="post"><button id="b">Go</button></form><i hx-trigger="every 1s"></i></main></div>`;

beforeEach(async () => {
  await show(BODY, { focus: FocusController, requests: RequestsController, "submit-once": SubmitOnceController });
  document.head.innerHTML = '<meta name="csrf-token" content="secret">';
});

test("requests carry the token of the page", () => {
  assert.equal(htmx("config:request", { sourceElement: find("#f") }).detail.ctx.request.headers["X-CSRFToken"], "secret");
});

test("a server that does not answer is told, but not for a poll", () => {
  const told = [];
  document.addEventListener("toast", (event) => told.push(event.detail.toasts[0].message));
  htmx("error", { sourceElement: find("i") });
  assert.deepEqual(told, []);
  htmx("error", { sourceElement: find("#a"), request: { method: "GET" } });
  assert.deepEqual(told, ["Lost."]);
});

test("requests that a page makes by itself say so", () => {
  const sent = (selector) => htmx("config:request", { sourceElement: find(selector) }).detail.ctx.request.headers["X-Poll"];
  assert.equal(sent("i"), "true");
  assert.equal(sent("#f"), undefined);
});

test("what a proxy or the web server answers replaces nothing", () => {
  const told = [];
  document.addEventListener("toast", (event) => told.push(event.detail.toasts[0].message));
  const answer = (selector, status, headers = {}) =>
    htmx("before:response", { sourceElement: find(selector), request: { method: "GET" }, response: { status, headers: new Headers(headers) } }).defaultPrevented;
  assert.equal(answer("#a", 422, { "X-Tomoru": "1" }), false);
  assert.deepEqual(told, []);
  assert.equal(answer("#a", 414), true);
  assert.equal(answer("#a", 200), true);
  assert.equal(answer("i", 502), true);
  assert.deepEqual(told, ["Refused (414).", "Refused (200)."]);
});

const replace = () => { find("#f").outerHTML = '<form id="f" method="post"><button id="b">New</button></form>'; };

test("the successor of a replaced control gets the focus", () => {
  find("#b").focus();
  htmx("config:request", { sourceElement: find("#b") });
  replace();
  fire(document, "htmx:after:swap");
  assert.equal(document.activeElement.textContent.trim(), "New");
});

test("a reader who went on keeps their place", () => {
  find("#b").focus();
  htmx("config:request", { sourceElement: find("#b") });
  press(document.body, "Tab");
  replace();
  fire(document, "htmx:after:swap");
  assert.notEqual(document.activeElement?.id, "b");
});

test("a refusal brings its complaint into view", () => {
  find("#f").innerHTML = '<p class="alert" role="alert"></p>';
  let shown = 0;
  find(".alert").scrollIntoView = () => { shown += 1; };
  htmx("after:swap", { sourceElement: find("#f"), target: find("#f"), response: { status: 200 } });
  assert.equal(shown, 0);
  htmx("after:swap", { sourceElement: find("#f"), target: find("#f"), response: { status: 422 } });
  assert.equal(shown, 1);
});

test("a form is sent once, and again after its answer", () => {
  const sent = () => !fire(find("#f"), "submit").defaultPrevented;
  assert.equal(sent(), true);
  assert.equal(sent(), false);
  htmx("finally:request", { sourceElement: find("#f"), hx: { redirect: "/on" } });
  assert.equal(sent(), false);
  htmx("finally:request", { sourceElement: find("#f") });
  assert.equal(sent(), true);
});

test("a form sent by htmx counts as sent, and a page that comes back from the browser's memory starts over", () => {
  htmx("before:request", { sourceElement: find("#f") });
  assert.equal(fire(find("#f"), "submit").defaultPrevented, true);
  fire(window, "pageshow");
  assert.equal(fire(find("#f"), "submit").defaultPrevented, false);
});
