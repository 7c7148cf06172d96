import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import RequestsController from "#js/controllers/requests.js";
import SubmitOnceController from "#js/controllers/submit_once.js";
import { find, fire, htmx, show } from "./page.js";

const BODY = `<div id="body" data-controller="requests submit-once" data-requests-lost-value="Lost." data-requests-strange-value="Refused ({status})."
  data-action="htmx:config:request@document->requests#addToken htmx:before:response@document->requests#refuse htmx:error@document->requests#tell">
  <main><a id="a"></a><form id="f" method="post"><button id="b">Go</button></form><i hx-trigger="every 1s"></i></main></div>`;

beforeEach(async () => {
  await show(BODY, { requests: RequestsController, "submit-once": SubmitOnceController });
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

test("a page that is not looked at asks nothing by itself", () => {
  const isSent = (selector) => !htmx("config:request", { sourceElement: find(selector) }).defaultPrevented;
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  assert.equal(isSent("i"), false);
  assert.equal(isSent("#f"), true);
  delete document.hidden;
  assert.equal(isSent("i"), true);
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
  htmx("config:request", { sourceElement: find("#f") });
  assert.equal(fire(find("#f"), "submit").defaultPrevented, true);
  fire(window, "pageshow");
  assert.equal(fire(find("#f"), "submit").defaultPrevented, false);
});
