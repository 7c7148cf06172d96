import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PickerController from "#js/controllers/picker.js";
import ShelfController from "#js/controllers/shelf.js";
import { find, fire, settle, show } from "./page.js";

const attribute = (sets) => JSON.stringify(sets).replaceAll('"', "&quot;");
const PACKAGES = [
  { id: "446", title: "Moon", first: 1988, last: 2027, words: "446 Moon" },
  { id: "789", title: "Sally", first: 10855, last: 10894, words: "789 Sally サリー" },
];
const SETS = [{ id: "5ac1", title: "Set 1", first: 1, last: 12, digits: 3 }];
const FACES = [{ id: "😀", title: "Faces", items: ["😀", "👨‍👩‍👧"] }];
const shelf = (name, sets, picture, text) => `<div id="${name}" data-controller="shelf" data-shelf-sets-value="${attribute(sets)}"
    data-shelf-picture-value="${picture}" data-shelf-text-value="${text}">
  <input data-shelf-target="search" data-action="input->shelf#search:stop">
  <div class="sets" data-shelf-target="sets" data-action="click->shelf#open keydown->shelf#move"></div>
  <p data-shelf-target="none" hidden></p><p data-shelf-target="title"></p>
  <div class="items" data-shelf-target="items" data-action="click->shelf#pick keydown->shelf#move"></div>
  <template data-shelf-target="tile"><button type="button"><img alt=""><span class="shelf-number"></span></button></template></div>`;
const PAGE = `<textarea id="f-messages.0.text">Hi 😀!</textarea>
  <input id="f-messages.1.package_id" value="1"><input id="f-messages.1.sticker_id" value="2">
  <div id="sticker-messages.1" data-picture="https://line.example/{item}.png"><span class="sticker-shown"></span>
    <template><img alt=""><span class="shelf-number"></span></template></div>
  <button id="for-value" commandfor="value-picker" data-picker-field="f-messages.0.text"></button>
  <button id="for-emoji" commandfor="emoji-picker" data-picker-field="f-messages.0.text" data-picker-kinds="all"></button>
  <button id="for-common" commandfor="emoji-picker" data-picker-field="f-messages.0.text" data-picker-kinds="common"></button>
  <button id="for-sticker" commandfor="sticker-picker" data-picker-sticker="messages.1"></button>
  <div data-controller="picker" data-picker-shelf-outlet="[data-controller=shelf]"
      data-action="focusin@document->picker#visit click@document->picker#aim change@document->picker#drawTyped">
    <dialog id="sticker-picker" open data-action="shelf:picked->picker#stick">${shelf("stickers", PACKAGES, "https://line.example/{item}.png", "{item}")}</dialog>
    <dialog id="emoji-picker" open data-action="shelf:picked->picker#put">
      <div id="kinds" data-picker-target="kinds"><button id="line" aria-controls="line-emoji" data-picker-target="kind" data-action="picker#open"></button>
        <button id="common" aria-controls="emoji" data-picker-target="kind" data-action="picker#open"></button></div>
      ${shelf("line-emoji", SETS, "https://line.example/{set}/{item}.png", "{{emoji:{set}/{item}}}")}
      ${shelf("emoji", FACES, "", "{item}")}</dialog>
    <dialog id="value-picker" open><input data-picker-target="search" data-action="input->picker#search:stop"><ul>
      <li><button id="name" data-picker-target="value" data-action="picker#put" data-picker-text-param="{{display_name|}}">Name</button></li>
      <li><button id="order" data-picker-target="value" data-action="picker#put" data-picker-text-param="{{order}}">Order</button></li>
    </ul><p data-picker-target="none" hidden></p></dialog>
  </div>`;

beforeEach(async () => {
  await show(PAGE, { picker: PickerController, shelf: ShelfController });
  await settle();
});

const text = () => document.getElementById("f-messages.0.text");
const mark = (start, end) => {
  fire(text(), "focusin");
  text().setSelectionRange(start, end);
};
const press = (one) => fire(typeof one === "string" ? find(one) : one, "click");
const items = (name) => [...find(`#${name} .items`).children];

test("a personal value goes where the cursor is, which then waits for the fallback", () => {
  let heard = 0;
  text().addEventListener("input", () => { heard += 1; });
  mark(3, 3);
  press("#for-value");
  press("#name");
  assert.equal(text().value, "Hi {{display_name|}}😀!");
  assert.equal(text().selectionStart, "Hi {{display_name|".length);
  assert.equal(heard, 1);
  assert.equal(find("#value-picker").open, false);
});

test("a value that is always known needs no fallback, and takes the place of what is marked", () => {
  mark(0, 2);
  press("#for-value");
  press("#order");
  assert.equal(text().value, "{{order}} 😀!");
  assert.equal(text().selectionStart, "{{order}}".length);
});

test("a search leaves the values it finds, and is empty for the next field", () => {
  find("#value-picker input").value = "ord";
  fire(find("#value-picker input"), "input");
  assert.deepEqual([...document.querySelectorAll("li")].map((one) => one.hidden), [true, false]);
  press("#for-value");
  assert.deepEqual([...document.querySelectorAll("li")].map((one) => one.hidden), [false, false]);
});

test("a LINE emoji is put in by set and number, behind a whole Unicode one", () => {
  mark(5, 5);
  press("#for-emoji");
  press(items("line-emoji")[9]);
  assert.equal(text().value, "Hi 😀{{emoji:5ac1/010}}!");
  assert.equal(text().selectionStart, "Hi 😀{{emoji:5ac1/010}}".length);
});

test("a field that never had the focus gets it at its end", () => {
  text().setSelectionRange(0, 0);
  press("#for-value");
  press("#order");
  assert.equal(text().value, "Hi 😀!{{order}}");
});

test("in JSON it goes to the cursor among words, and else to the end of the first text", () => {
  text().dataset.json = "";
  for (const [place, expected] of [
    [null, '{"text": "Say \\"hi\\"{{order}}"}'],
    [0, '{"text": "Say \\"hi\\"{{order}}"}'],
    [14, '{"text": "Say {{order}}\\"hi\\""}'],
    [18, '{"text": "Say \\"hi{{order}}\\""}'],
  ]) {
    text().value = '{"text": "Say \\"hi\\""}';
    if (place !== null) mark(place, place);
    press("#for-value");
    press("#order");
    assert.equal(text().value, expected);
  }
});

test("where LINE emoji cannot stand, common ones are offered alone", () => {
  press("#for-common");
  assert.equal(find("#kinds").hidden, true);
  assert.deepEqual([find("#line-emoji").hidden, find("#emoji").hidden], [true, false]);
  mark(0, 0);
  press(items("emoji")[1]);
  assert.equal(text().value, "👨‍👩‍👧Hi 😀!");
  press("#for-emoji");
  assert.deepEqual([find("#kinds").hidden, find("#line-emoji").hidden, find("#emoji").hidden], [false, false, true]);
});

test("nothing is drawn before the dialog is opened", () => {
  assert.equal(document.querySelectorAll("dialog img").length, 0);
  press("#for-sticker");
  assert.equal(items("stickers").length, 40);
  assert.equal(items("line-emoji").length, 0);
});

test("a sticker fills in both numbers and shows its picture", () => {
  press("#for-sticker");
  press(find("#stickers .sets").children[1]);
  press(items("stickers")[39]);
  const values = ["package_id", "sticker_id"].map((name) => document.getElementById(`f-messages.1.${name}`).value);
  assert.deepEqual(values, ["789", "10894"]);
  assert.equal(find(".sticker-shown img").getAttribute("src"), "https://line.example/10894.png");
  assert.equal(find(".sticker-shown").textContent.trim(), "10894");
});

test("numbers that are typed show their picture, too", () => {
  const field = document.getElementById("f-messages.1.sticker_id");
  field.value = "1999";
  fire(field, "change");
  assert.equal(find(".sticker-shown img").getAttribute("src"), "https://line.example/1999.png");
});
