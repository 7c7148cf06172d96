import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import ComposerController from "#js/controllers/composer.js";
import { find, fire, press, settle, show } from "./page.js";

const PAGE = `<form><div id="composer" data-controller="composer" data-view="edit" data-composer-upload-value="/media"
    data-composer-sending-value="Uploading: {percent}%" data-composer-broken-value="Broken"
    data-action="said->composer#spread keydown@document->composer#shortcut">
  <button type="button" id="do-undo"></button><button type="button" id="do-redo"></button>
  <button type="button" id="edit" data-view="edit" data-composer-target="tab" data-action="composer#show"></button>
  <button type="button" id="preview" data-view="preview" data-composer-target="tab" data-action="composer#show"></button>
  <textarea id="f-messages.0.text">Hello !</textarea>
  <div data-problem-for="messages.0.text">old</div><div id="other" data-problem-for="messages.1.text">old</div>
  <div id="place" data-composer-drop="image"><input type="hidden" id="id" data-composer-id><div class="composer-file-shown"></div>
    <template><img alt="Chosen" data-composer-look><button type="button" id="clear" data-action="composer#clear"></button></template>
    <input type="file" id="file"><span id="words" data-composer-words="Choose a file.">Choose a file.</span></div>
  <button type="button" id="dark" data-action="composer#darken"></button><div id="phone" data-composer-target="phone"></div>
  <ul data-composer-target="problems"><li data-path="messages.0.text">Fill this in.</li></ul>
</div></form>`;

beforeEach(() => show(PAGE, { composer: ComposerController }));

test("each problem goes to its field, and what is right loses its own", () => {
  fire(find("#composer"), "said");
  assert.equal(find("[data-problem-for='messages.0.text']").textContent, "Fill this in.");
  assert.equal(document.getElementById("f-messages.0.text").getAttribute("aria-invalid"), "true");
  assert.equal(find("#other").textContent, "");
});

test("a phone shows one of editing and preview", () => {
  find("#preview").click();
  assert.equal(find("#composer").dataset.view, "preview");
  assert.deepEqual([find("#edit"), find("#preview")].map((tab) => tab.getAttribute("aria-pressed")), ["false", "true"]);
});

test("a phone that is drawn again stays dark", async () => {
  find("#dark").click();
  assert.ok(find("#phone").hasAttribute("data-dark"));
  find("#phone").outerHTML = '<div id="phone" data-composer-target="phone"></div>';
  await settle();
  assert.ok(find("#phone").hasAttribute("data-dark"));
});

test("a file that has arrived is in the form; a refused one says why", () => {
  const sent = [];
  globalThis.XMLHttpRequest = class {
    addEventListener(kind, listener) { this[kind] = listener; }
    open() {}
    setRequestHeader() {}
    send() { sent.push(this); }
  };
  document.head.innerHTML = '<meta name="csrf-token" content="token">';
  const drop = new window.Event("drop", { bubbles: true, cancelable: true });
  drop.dataTransfer = { files: [new window.File(["x"], "a.png", { type: "image/png" })] };
  find("#composer").dataset.action = "drop->composer#drop";
  return settle().then(() => {
    find("#place").dispatchEvent(drop);
    Object.assign(sent[0], { status: 422, responseText: '{"error": "Choose an image."}' });
    sent[0].load();
    assert.equal(find("#words").textContent, "Choose an image.");
    assert.ok(find("#words").classList.contains("text-danger"));
    assert.equal(find("#id").value, "");
    assert.equal(find("#clear"), null);
    Object.assign(sent[0], { status: 201, responseText: '{"id": 7, "name": "a.png", "url": "/media/7"}' });
    sent[0].load();
    assert.equal(find("#id").value, "7");
    assert.equal(find(".composer-file-shown img").getAttribute("src"), "/media/7");
    assert.deepEqual([find("#words").textContent, find("#words").classList.contains("text-danger")], ["a.png", false]);
    return settle();
  }).then(() => {
    find("#clear").click();
    assert.equal(find("#id").value, "");
    assert.equal(find("#clear"), null);
    assert.equal(find("#words").textContent, "Choose a file.");
  });
});

test("the keys of undo and redo press their buttons, except in a text, which has its own", () => {
  const pressed = [];
  for (const step of ["undo", "redo"]) find(`#do-${step}`).addEventListener("click", () => pressed.push(step));
  for (const [key, shiftKey] of [["z", false], ["Z", true], ["y", false], ["x", false]]) press(find("#edit"), key, { ctrlKey: true, shiftKey });
  press(document.getElementById("f-messages.0.text"), "z", { ctrlKey: true });
  press(find("#edit"), "z");
  assert.deepEqual(pressed, ["undo", "redo", "redo"]);
});
