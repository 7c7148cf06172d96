import assert from "node:assert/strict";
import { mock, test } from "node:test";
import ChatComposerController from "#js/controllers/chat_composer.js";
import { find, fire, htmx, press, settle, show } from "./page.js";

const PAGE = `<meta name="csrf-token" content="t"><div id="chat-lines"><article id="line-7"></article><article id="broadcast-90"></article><article id="line-12"></article></div>
<form id="chat-composer" data-controller="chat-composer" data-chat-composer-keep-value="/chat/5/draft" data-chat-composer-enter-value="false" data-chat-composer-most-value="5" data-chat-composer-used-value="{used} of 5"
  data-action="htmx:before:request->chat-composer#begin htmx:after:request->chat-composer#end htmx:error->chat-composer#restore">
  <input name="seen" value="3" data-chat-composer-target="seen"><input name="press" value="p1">
  <div id="cost"><small id="free" data-chat-composer-target="free" data-seconds="30"></small><small id="paid" hidden data-chat-composer-target="paid"></small></div>
  <fieldset data-chat-composer-target="fields">
    <div class="alert"><button type="button" id="look" data-line="line-12" data-action="chat-composer#look"></button></div>
    <textarea data-chat-composer-target="text" data-action="keydown->chat-composer#press input->chat-composer#type"></textarea>
    <small id="counter" data-chat-composer-target="counter"></small>
    <select data-action="chat-composer#choose"><option value="0"></option><option value="1"></option></select>
  </fieldset></form>`;

async function open() {
  await show(PAGE, { "chat-composer": ChatComposerController });
  const sent = [];
  find("form").requestSubmit = () => sent.push("sent");
  return sent;
}

function type(words) {
  find("textarea").value = words;
  fire(find("textarea"), "input");
}

test("Ctrl and Enter send; Enter alone does where the member chose so, and breaks the line with Shift", async () => {
  const sent = await open();
  press(find("textarea"), "Enter");
  assert.equal(sent.length, 0);
  press(find("textarea"), "Enter", { ctrlKey: true });
  assert.equal(sent.length, 1);
  find("select").value = "1";
  fire(find("select"), "change");
  press(find("textarea"), "Enter", { shiftKey: true });
  press(find("textarea"), "Enter", { isComposing: true });
  press(find("textarea"), "Enter", { keyCode: 229 });
  assert.equal(sent.length, 1);
  press(find("textarea"), "Enter");
  assert.equal(sent.length, 2);
});

test("the cursor stands behind what was written before", async () => {
  await show(PAGE.replace("></textarea>", ">Dear</textarea>"), { "chat-composer": ChatComposerController });
  assert.equal(find("textarea").selectionStart, 4);
});

test("it counts UTF-16 code units", async () => {
  await open();
  type("Hi😀");
  assert.deepEqual([find("#counter").textContent, find("#counter").classList.contains("text-danger")], ["4 of 5", false]);
  type("Hi😀😀");
  assert.equal(find("#counter").classList.contains("text-danger"), true);
});

test("with the first character the thread is seen, and not with the next ones", async () => {
  await open();
  type("H");
  assert.equal(find("[name=seen]").value, "12");
  find("#chat-lines").insertAdjacentHTML("beforeend", "<article id='line-13'></article>");
  type("Hi");
  assert.equal(find("[name=seen]").value, "12");
  type("");
  type("A");
  assert.equal(find("[name=seen]").value, "13");
});

test("the field is free while an answer is on its way, and what is refused comes back before what was typed since", async () => {
  await open();
  const form = find("form");
  type("First");
  htmx("before:request", { sourceElement: form });
  assert.equal(find("textarea").value, "");
  type("Second");
  htmx("after:request", { sourceElement: form, response: { status: 200 } });
  htmx("error", { sourceElement: form });
  assert.equal(find("textarea").value, "Second");
  htmx("before:request", { sourceElement: form });
  type("Third");
  htmx("error", { sourceElement: form });
  assert.equal(find("textarea").value, "Second\nThird");
  htmx("before:request", { sourceElement: form });
  htmx("after:request", { sourceElement: form, response: { status: 419 } });
  assert.equal(find("textarea").value, "Second\nThird");
});

test("words of the last moment are kept when the form goes away, and none that are kept or sent already", async () => {
  const kept = [];
  globalThis.fetch = async (url, { body, keepalive }) => { kept.push([url, body.get("text"), body.get("press"), keepalive]); };
  await open();
  type("Hello");
  htmx("before:request", { sourceElement: find("textarea") });
  htmx("after:request", { sourceElement: find("textarea"), response: { status: 204 } });
  fire(window, "pagehide");
  assert.deepEqual(kept, []);
  type("Hello there");
  find("form").remove();
  await settle();
  assert.deepEqual(kept, [["/chat/5/draft", "Hello there", "p1", true]]);
  await open();
  type("Sent");
  htmx("before:request", { sourceElement: find("form") });
  fire(window, "pagehide");
  assert.equal(kept.length, 1);
  htmx("error", { sourceElement: find("form") });
  fire(window, "pagehide");
  assert.equal(kept[1][1], "Sent");
});

test("a draft that is kept on its way leaves the field alone", async () => {
  await open();
  type("First");
  htmx("before:request", { sourceElement: find("textarea") });
  assert.equal(find("textarea").value, "First");
});

test("after the reply's time it says what a push costs", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await open();
    mock.timers.tick(29_000);
    assert.deepEqual([find("#free").hidden, find("#paid").hidden], [false, true]);
    mock.timers.tick(1_000);
    assert.deepEqual([find("#free").hidden, find("#paid").hidden], [true, false]);
  } finally {
    mock.timers.reset();
  }
});

test("while nothing can be sent the fields are closed", async () => {
  await open();
  find("#cost").innerHTML = '<p data-chat-composer-target="closed">Blocked</p>';
  await settle();
  assert.deepEqual([find("fieldset").hidden, find("fieldset").disabled], [true, true]);
  find("#cost").innerHTML = "";
  await settle();
  assert.deepEqual([find("fieldset").hidden, find("fieldset").disabled], [false, false]);
});

test("to look first leads to the other answer", async () => {
  await open();
  const shown = [];
  find("#line-12").scrollIntoView = () => shown.push("line-12");
  fire(find("#look"), "click");
  assert.deepEqual([shown, find(".alert"), document.activeElement.tagName], [["line-12"], null, "TEXTAREA"]);
});
