import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import ChatController from "#js/controllers/chat.js";
import { find, fire, htmx, press, settle, show } from "./page.js";

const PAGE = `<div data-controller="chat" data-chat-lost-value="Lost" data-action="chat-changed@document->chat#ask htmx:before:swap@document->chat#admit htmx:after:swap@document->chat#settle htmx:error@document->chat#lost">
  <ul><li class="chat-row is-unread"><a id="one" href="#" data-chat-target="row" data-action="click->chat#choose"><span class="chat-count">2</span></a></li>
  <li class="chat-row"><a id="two" href="#" data-chat-target="row" data-action="click->chat#choose"></a></li></ul>
  <div data-chat-target="scroll"><article data-at="2026-11-30T01:00:00+00:00"></article></div>
  <form><textarea data-chat-target="text"></textarea></form>
  <button data-chat-target="mine"></button>
  <select data-chat-target="status"><option value="none"></option><option value="done"></option></select>
  <div id="feed" data-url="/chat/changes" data-since="7" data-chat-target="feed"></div><div data-talk="5" data-seen="9" data-chat-target="seen"></div><p data-chat-target="lost"></p></div>`;

// Shows the page as that of conversation 5; returns the addresses that were asked for.
async function open() {
  const asked = [];
  const page = await show(PAGE, { chat: ChatController }, { url: "http://localhost/chat/5?status=to_do" });
  page.htmx = { ajax: async (_method, url) => { asked.push(url); } };
  return asked;
}

// A page that is gone asks no more.
afterEach(async () => {
  document.body.innerHTML = "";
  await settle();
});

test("it asks for what changed since the page was drawn, of the list and of the open conversation", async () => {
  const asked = await open();
  fire(document, "chat-changed");
  await settle();
  const url = new URL(asked[0], "http://localhost");
  assert.equal(url.pathname, "/chat/changes");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    status: "to_do", since: "7", open: "5", seen: "9", own: "1", reads: "1", oldest: "2026-11-30T01:00:00+00:00",
  });
});

test("what the member does while an answer is on its way is asked for right after it", async () => {
  const asked = await open();
  let answer;
  window.htmx.ajax = (_method, url) => { asked.push(url); return new Promise((done) => { answer = done; }); };
  fire(document, "chat-changed");
  fire(document, "chat-changed");
  await settle();
  assert.equal(asked.length, 1);
  answer();
  await settle();
  assert.deepEqual(asked.map((url) => new URL(url, "http://localhost").searchParams.get("own")), ["1", "1"]);
});

test("it asks again by itself, seldom while the page is not looked at", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const asked = await open();
    mock.timers.tick(2_000);
    await settle();
    assert.equal(asked.length, 1);
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    fire(document, "visibilitychange");
    mock.timers.tick(14_000);
    assert.equal(asked.length, 1);
    mock.timers.tick(1_000);
    assert.equal(asked.length, 2);
  } finally {
    mock.timers.reset();
  }
});

test("a lost connection is told until an answer comes", async () => {
  await open();
  fire(find("#feed"), "htmx:error");
  assert.equal(find("p").textContent, "Lost");
});

test("its keys walk the list, write, take and end; none of them while something is typed", async () => {
  await open();
  const changed = [];
  find("select").addEventListener("change", () => changed.push("status"));
  find("button").addEventListener("click", () => changed.push("mine"));
  press(document.body, "j");
  assert.equal(document.activeElement.id, "one");
  press(find("#one"), "ArrowDown");
  assert.equal(document.activeElement.id, "two");
  press(find("#two"), "r");
  assert.equal(document.activeElement.tagName, "TEXTAREA");
  press(find("textarea"), "e");
  press(find("textarea"), "a");
  assert.deepEqual(changed, []);
  press(document.body, "e");
  press(document.body, "a");
  assert.deepEqual([changed, find("select").value], [["status", "mine"], "done"]);
});

test("a row that is chosen is read, and is where the reader is", async () => {
  await open();
  fire(find("#one"), "click");
  assert.deepEqual([find("#one").getAttribute("aria-current"), find(".is-unread"), find(".chat-count")], ["true", null, null]);
  fire(find("#two"), "click");
  assert.equal(find("#one").hasAttribute("aria-current"), false);
});

test("it follows the conversation beside the list, also where the address is that of the list after a search", async () => {
  const asked = await open();
  location.href = "http://localhost/chat?search=cake";
  find("#two").id = "chat-link-5";
  fire(document, "chat-changed");
  await settle();
  const { searchParams } = new URL(asked[0], "http://localhost");
  assert.deepEqual([searchParams.get("open"), searchParams.get("search")], ["5", "cake"]);
  htmx("after:swap", { sourceElement: find("ul") });
  assert.equal(find("#chat-link-5").getAttribute("aria-current"), "true");
});

test("what was asked for one conversation is not put into another one, but asked for again", async () => {
  const asked = await open();
  let answer;
  window.htmx.ajax = (_method, url) => { asked.push(url); return new Promise((done) => { answer = done; }); };
  fire(document, "chat-changed");
  await settle();
  assert.equal(htmx("before:swap", { sourceElement: find("#feed") }).defaultPrevented, false);
  find("[data-chat-target=seen]").dataset.talk = "6";
  assert.equal(htmx("before:swap", { sourceElement: find("ul") }).defaultPrevented, false);
  assert.equal(htmx("before:swap", { sourceElement: find("#feed") }).defaultPrevented, true);
  answer();
  await settle();
  assert.deepEqual(asked.map((url) => new URL(url, "http://localhost").searchParams.get("open")), ["5", "6"]);
});

test("a thread that is looked at to its end stays there when a picture makes it longer", async () => {
  await open();
  const scroll = find("[data-chat-target=scroll]");
  scroll.dataset.action = "scroll->chat#notePlace load->chat#stay:capture";
  scroll.innerHTML = "<img>";
  await settle();
  const height = (value) => Object.defineProperty(scroll, "scrollHeight", { value, configurable: true });
  const load = () => fire(find("img"), "load", { bubbles: false });
  Object.defineProperty(scroll, "clientHeight", { value: 100, configurable: true });
  height(900);
  load();
  assert.equal(scroll.scrollTop, 900);
  // The browser tells of our own scrolling later, when the thread has become longer already.
  height(1_400);
  fire(scroll, "scroll");
  load();
  assert.equal(scroll.scrollTop, 1_400);
  scroll.scrollTop = 10;
  fire(scroll, "scroll");
  height(1_800);
  load();
  assert.equal(scroll.scrollTop, 10);
});

test("a browser that was not asked is asked before anything is switched, and one that does not allow it says so", async () => {
  const shown = async (permission, on = "data-notifies") => {
    const page = await show("", { chat: ChatController });
    page.htmx = { ajax: async () => {} };
    page.Notification = class { static permission = permission; static requestPermission = async () => "granted"; };
    document.body.innerHTML = `<div data-controller="chat"><div data-url="/" data-since="7" data-chat-target="feed"></div><p data-chat-target="lost"></p>
      <form data-chat-target="alerts" ${on}><button data-action="chat#allow"></button></form>
      <p id="unasked" data-chat-target="unasked" hidden></p><p id="refused" data-chat-target="refused" hidden></p></div>`;
    await settle();
    const sent = [];
    find("form").requestSubmit = () => sent.push("sent");
    const said = ["unasked", "refused"].filter((id) => !find(`#${id}`).hidden);
    const { defaultPrevented } = fire(find("button"), "click");
    await settle();
    const isAsked = find("#unasked").hidden;
    // It asks no more.
    document.body.innerHTML = "";
    await settle();
    return [said, defaultPrevented, sent.length, isAsked];
  };
  assert.deepEqual(await shown("default"), [["unasked"], true, 0, true]);
  assert.deepEqual(await shown("denied"), [["refused"], false, 0, true]);
  assert.deepEqual(await shown("granted"), [[], false, 0, true]);
  assert.deepEqual(await shown("default", ""), [[], true, 1, true]);
});

test("a conversation that the reader does not see is not read", async () => {
  const asked = await open();
  find("[data-chat-target=scroll]").checkVisibility = () => false;
  fire(document, "chat-changed");
  await settle();
  assert.equal(new URL(asked[0], "http://localhost").searchParams.get("reads"), null);
});

test("a quote leads to the message where the page shows it, and else to the thread around it", async () => {
  await open();
  const scroll = find("[data-chat-target=scroll]");
  scroll.innerHTML = `<article id="line-3"><a id="near" href="/chat/5?message=2" data-key="line-2" data-action="chat#jump"></a>
    <a id="far" href="/chat/5?message=1" data-key="line-1" data-action="chat#jump"></a></article><article id="line-2"></article>`;
  await settle();
  const seen = [];
  find("#line-2").scrollIntoView = () => seen.push("line-2");
  assert.equal(fire(find("#near"), "click").defaultPrevented, true);
  assert.deepEqual([seen, find("#line-2").className], [["line-2"], "is-sought"]);
  assert.equal(fire(find("#far"), "click").defaultPrevented, false);
});

test("the button in the head of a thread leads to the person, whom a phone shows below it", async () => {
  await open();
  find("[data-controller=chat]").insertAdjacentHTML("beforeend", '<a id="about" href="#chat-person" data-action="chat#about"></a><aside id="chat-person" tabindex="-1"></aside>');
  await settle();
  const seen = [];
  find("#chat-person").scrollIntoView = () => seen.push("person");
  assert.equal(fire(find("#about"), "click").defaultPrevented, true);
  assert.deepEqual([seen, document.activeElement.id], [["person"], "chat-person"]);
});
