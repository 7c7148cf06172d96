import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import RequestsController from "#js/controllers/requests.js";
import ResumeController from "#js/controllers/resume.js";
import UnsentController from "#js/controllers/unsent.js";
import { holdsTyped } from "#js/typed.js";
import { find, fire, htmx, settle, show } from "./page.js";

const PAGE = `<div data-controller="requests" data-requests-lost-value="Lost." data-requests-strange-value="Refused ({status})."
  data-action="htmx:before:response@document->requests#refuse htmx:error@document->requests#tell">
  <form id="f" method="post"><input type="hidden" name="csrf_token" value="old"><input name="a" value="1">
    <select><option>x</option><option>y</option></select><button>Go</button></form>
  <form role="search" method="post"><input id="search" name="q"></form><i hx-trigger="every 1s"></i>
  <dialog id="unsent" data-controller="unsent"><h2 data-unsent-target="title" data-usual="Not saved yet" data-lost="Not known"></h2><p data-back="Signed in again." data-unsent-target="sentence" data-signed-out="Signed out." data-old="Old." data-other-member="Other."></p>
    <a data-unsent-target="only" data-for="signed-out"></a><button id="again" data-unsent-target="only" data-for="lost old signed-out back other-member" data-action="unsent#again"></button>
    <button id="back" data-unsent-target="only" data-for="lost signed-out" data-action="unsent#close"></button></dialog></div>`;
const OURS = { "X-Tomoru": "1" };
let sent = [];
let channels = [];

// A channel that reaches the page itself; Node's own would keep the tests from ending.
class Channel {
  constructor() { channels.push(this); }
  postMessage(data) { for (const channel of channels) if (channel !== this) channel.onmessage?.({ data }); }
  close() { channels = channels.filter((channel) => channel !== this); }
}

beforeEach(async () => {
  [sent, channels, globalThis.BroadcastChannel] = [[], [], Channel];
  await show(PAGE, { requests: RequestsController, unsent: UnsentController, resume: ResumeController });
  document.head.innerHTML = '<meta name="csrf-token" content="old">';
  window.htmx = { ajax: (method, path, { source }) => sent.push([method, path, source.id]) };
});

const type = () => { find("[name=a]").value = "2"; };
const answer = (headers, { selector = "#f", status = 400, method = "POST", hx = {}, sourceEvent = {} } = {}) =>
  htmx("before:response", {
    sourceElement: find(selector), sourceEvent, hx, request: { method, action: "/x" }, response: { status, headers: new Headers(headers) },
  });
const dialog = () => find("dialog");
const said = () => dialog().open && find("[data-unsent-target=sentence]").textContent;
const told = () => {
  const all = [];
  document.addEventListener("toast", (event) => all.push(event.detail.toasts[0].message));
  return all;
};

test("what was typed is seen, what the server has drawn is not", () => {
  assert.equal(holdsTyped(), false);
  find("#search").value = "what is looked for";
  assert.equal(holdsTyped(), false);
  type();
  assert.equal(holdsTyped(), true);
  find("[name=a]").value = "1";
  find("select").selectedIndex = 1;
  assert.equal(holdsTyped(), true);
  find("select").selectedIndex = 0;
  find("#f").toggleAttribute("data-unsaved", true);
  assert.equal(holdsTyped(), true);
});

test("a stale token is replaced and the form sent once more, but not without end", async () => {
  const stale = { ...OURS, "X-Unsent": "stale", "X-CSRFToken": "new" };
  const sourceEvent = {};
  assert.equal(answer(stale, { sourceEvent }).defaultPrevented, true);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(sent, [["POST", "/x", "f"]]);
  assert.equal(find("[name=csrf_token]").value, "new");
  assert.equal(find("meta").content, "new");
  assert.equal(answer(stale, { sourceEvent }).defaultPrevented, false);
});

test("a page from before the keys were changed gets a fresh token, and a person sends it", () => {
  assert.equal(answer({ ...OURS, "X-Unsent": "old", "X-CSRFToken": "new" }).defaultPrevented, true);
  assert.deepEqual([find("[name=csrf_token]").value, said(), sent.length], ["new", "Old.", 0]);
  find("#again").click();
  assert.equal(sent.length, 1);
});

test("signed out, a page with something typed stays, and goes on when the member has signed in in another tab", () => {
  const signedOut = { ...OURS, "X-Unsent": "signed-out" };
  const hx = { redirect: "/sign-in" };
  assert.equal(answer(signedOut, { hx }).defaultPrevented, false);
  type();
  const event = answer(signedOut, { hx });
  assert.equal(event.defaultPrevented, true);
  assert.equal(event.detail.ctx.hx.redirect, undefined);
  assert.equal(said(), "Signed out.");
  document.body.insertAdjacentHTML("beforeend", '<p data-controller="resume"></p>');
  return settle().then(() => {
    assert.equal(dialog().open, false);
    assert.deepEqual(sent, [["POST", "/x", "f"]]);
  });
});

test("a page that asks by itself says it once", () => {
  type();
  const ask = () => answer({ ...OURS, "X-Unsent": "signed-out" }, { selector: "i", method: "GET", hx: { redirect: "/sign-in" } });
  ask();
  assert.equal(said(), "Signed out.");
  find("#back").click();
  assert.equal(ask().defaultPrevented, true);
  assert.equal(dialog().open, false);
});

test("the page of one member is hidden from another one, until the first is back", () => {
  answer({ ...OURS, "X-Unsent": "other-member" });
  assert.equal(said(), "Other.");
  assert.equal(document.documentElement.hasAttribute("data-other-member"), true);
  assert.equal(find("#back").hidden, true);
  assert.equal(fire(dialog(), "cancel").defaultPrevented, true);
  // As a browser closes it at the second Escape.
  dialog().close();
  fire(dialog(), "close");
  assert.equal(dialog().open, true);
  find("#again").click();
  assert.equal(document.documentElement.hasAttribute("data-other-member"), false);
  assert.equal(sent.length, 1);
});

test("a lost connection and a passing trouble keep the form and offer to send it again", () => {
  const toasts = told();
  htmx("error", { sourceElement: find("#f"), request: { method: "POST", action: "/x" } });
  assert.equal(said(), "Lost.");
  find("#again").click();
  assert.deepEqual(sent, [["POST", "/x", "f"]]);
  answer({}, { status: 502 });
  assert.equal(said(), "Refused (502).");
  find("#back").click();
  const trigger = JSON.stringify({ toast: { toasts: [{ message: "Busy." }] } });
  for (const status of [429, 503]) {
    assert.equal(answer(OURS, { status, hx: { reswap: "none", trigger } }).defaultPrevented, true);
    assert.equal(said(), "Busy.");
    find("#back").click();
  }
  assert.deepEqual(toasts, []);
});

test("a refusal for good stays a message, and a form that comes back with its reasons is shown", () => {
  assert.equal(answer(OURS, { status: 403, hx: { reswap: "none" } }).defaultPrevented, false);
  assert.equal(answer(OURS, { status: 429 }).defaultPrevented, false);
  assert.equal(said(), false);
});

test("a lost answer is not called unsaved", () => {
  htmx("error", { sourceElement: find("#f"), request: { method: "POST", action: "/x" } });
  assert.equal(find("[data-unsent-target=title]").textContent, "Not known");
  dialog().close();
  type();
  answer({ ...OURS, "X-Unsent": "signed-out" });
  assert.equal(find("[data-unsent-target=title]").textContent, "Not saved yet");
});

test("who signed in elsewhere is told so, and sends when they like", async () => {
  type();
  answer({ ...OURS, "X-Unsent": "signed-out" });
  find("body").insertAdjacentHTML("beforeend", '<div data-controller="resume" data-resume-says-value="signed-in"></div>');
  await settle();
  assert.equal(said(), "Signed in again.");
  assert.equal(find("a[data-for]").hidden, true);
  assert.deepEqual(sent, []);
  find("#again").click();
  assert.deepEqual(sent, [["POST", "/x", "f"]]);
});

test("where a preview was refused before the form, it is the form that is sent again", () => {
  for (const selectors of [["i", "#f"], ["#f", "i"]]) {
    sent = [];
    for (const selector of selectors) answer({ ...OURS, "X-Unsent": "other-member" }, { selector });
    find("#again").click();
    assert.deepEqual(sent, [["POST", "/x", "f"]]);
  }
});
