import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import CodeFieldController from "#js/controllers/code_field.js";
import { find, fire, show } from "./page.js";

const PAGE = `<div id="whole" data-controller="code-field" data-action="swapped->code-field#redraw">
  <div id="numbers" data-code-field-target="numbers"></div>
  <textarea id="field" data-code-field-target="field" data-action="input->code-field#mark">{
  "type": "bubble"
}</textarea>
  <ol id="list" data-code-field-target="problems">
    <li data-line="2"><button type="button" id="go" data-line="2" data-column="3" data-action="code-field#go">Line 2</button> Wrong.</li>
  </ol>
</div>`;

beforeEach(() => show(PAGE, { "code-field": CodeFieldController }));

const marked = () => [...find("#numbers").children].filter((one) => one.classList.contains("is-wrong")).map((one) => one.textContent);

test("each line has its number, also those that are typed later", () => {
  assert.equal(find("#numbers").children.length, 3);
  find("#field").value = "1\n2\n3\n4\n5";
  fire(find("#field"), "input");
  assert.deepEqual([...find("#numbers").children].map((one) => one.textContent), ["1", "2", "3", "4", "5"]);
  find("#field").value = "";
  fire(find("#field"), "input");
  assert.equal(find("#numbers").children.length, 1);
});

test("a wrong line is marked until it is right", () => {
  assert.deepEqual(marked(), ["2"]);
  assert.equal(find("#field").getAttribute("aria-invalid"), "true");
  find("#list").replaceChildren();
  fire(find("#field"), "input");
  assert.deepEqual(marked(), []);
  assert.equal(find("#field").getAttribute("aria-invalid"), "false");
});

test("a chosen line gets the cursor at the property", () => {
  find("#go").click();
  assert.equal(document.activeElement, find("#field"));
  assert.equal(find("#field").selectionStart, 4);
  assert.equal(find("#field").selectionEnd, '{\n  "type": "bubble"'.length);
});

test("another text that was drawn is read from its beginning, the same one from where the reader is", () => {
  find("#field").setSelectionRange(4, 4);
  fire(find("#whole"), "swapped");
  assert.equal(find("#field").selectionStart, 4);
  find("#field").value = "{}";
  fire(find("#whole"), "swapped");
  assert.equal(find("#field").selectionStart, 0);
});
