// Search forms, with htmx itself: words that are on their way are not asked for again.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import RequestsController from "#js/controllers/requests.js";
import { find, fire, settle, show } from "./page.js";
import { htmxOn } from "./with_htmx.js";

const TRIGGER = "input changed delay:20ms from:'find input[name=search]', change target:'select, [type=checkbox]', submit";
const FORM = `<form id="form" role="search" action="/list" hx-get="/list" hx-target="#list" hx-sync="this:replace" hx-trigger="${TRIGGER}">
  <input type="search" name="search" id="words"><select name="status" id="status"><option value="">All</option><option value="done">Done</option></select></form><div id="list"></div>`;
const PAGE = `<div data-controller="requests" data-requests-lost-value="Lost." data-requests-strange-value="Refused."
  data-action="htmx:config:request@document->requests#addToken htmx:finally:request@document->requests#finish">${FORM}</div>`;
let sent;

const words = () => sent.map(({ action }) => new URL(action, "http://localhost").searchParams.get("search"));
const pause = (time = 40) => new Promise((done) => setTimeout(done, time)).then(settle);
const enter = () => find("#form").requestSubmit();

async function type(text) {
  find("#words").value = text;
  fire(find("#words"), "input");
  await pause();
}

async function answer(status = 200) {
  sent.at(-1).done(new Response("<p>found</p>", { status }));
  await pause(10);
}

async function open() {
  sent = [];
  await show(PAGE, { requests: RequestsController });
  window.fetch = (action, { signal }) => new Promise((done, fail) => {
    signal.addEventListener("abort", () => fail(Object.assign(new Error("aborted"), { name: "AbortError" })));
    sent.push({ action, signal, done });
  });
  await htmxOn();
}

beforeEach(() => open());

test("Enter while the answer is on its way asks nothing more, and stops nothing", async () => {
  await type("tea");
  enter();
  await pause();
  assert.deepEqual(words(), ["tea"]);
  assert.equal(sent[0].signal.aborted, false);
  await answer();
  assert.equal(find("#list").textContent, "found");
});

test("Enter asks at once for what was just typed, and the pause behind it not again", async () => {
  find("#words").value = "tea";
  fire(find("#words"), "input");
  enter();
  await pause();
  assert.deepEqual(words(), ["tea"]);
  fire(find("#words"), "input");
  await pause();
  assert.deepEqual(words(), ["tea"]);
});

test("other words take the place of those on their way, and the first ones may be asked for again", async () => {
  await type("te");
  await type("tea");
  assert.deepEqual([words(), sent[0].signal.aborted], [["te", "tea"], true]);
  await answer();
  await type("te");
  assert.deepEqual(words(), ["te", "tea", "te"]);
});

test("leaving the field asks for nothing, a choice does", async () => {
  await type("tea");
  fire(find("#words"), "change");
  await pause();
  find("#status").value = "done";
  fire(find("#status"), "change");
  await pause();
  assert.deepEqual(sent.map(({ action }) => action), ["/list?search=tea&status=", "/list?search=tea&status=done"]);
});

test("Enter asks again for what is shown, and for what was refused", async () => {
  for (const status of [200, 503]) {
    await open();
    await type("tea");
    await answer(status);
    enter();
    await pause();
    assert.deepEqual(words(), ["tea", "tea"]);
  }
});
