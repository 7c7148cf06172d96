import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import UploadController from "#js/controllers/upload.js";
import { find, fire, show } from "./page.js";

const PAGE = `<form action="/upload" data-controller="upload" data-action="submit->upload#submit" data-upload-most-value="10"
  data-upload-too-large-value="Too large." data-upload-cancelled-value="Cancelled." data-upload-broken-value="Broken.">
  <input type="file" name="file" data-upload-target="file"><p data-upload-target="error"></p>
  <button data-upload-target="start"></button>
  <div data-upload-target="progress" hidden><progress data-upload-target="bar" max="100"></progress>
  <span data-upload-target="words" data-sending="{percent} %" data-storing="Stored"></span>
  <a data-action="upload#cancel"></a></div></form>`;
let request;

class FakeRequest {
  constructor() {
    Object.assign(this, { headers: {}, listeners: {}, status: 0, responseText: "", answer: {}, upload: this });
    request = this;
  }

  addEventListener(kind, listener) { this.listeners[kind] = listener; }

  open(method, url) { this.opened = `${method} ${url}`; }

  setRequestHeader(name, value) { this.headers[name] = value; }

  getResponseHeader(name) { return this.answer[name] ?? null; }

  send(body) { this.body = body; }

  abort() { this.listeners.abort(); }
}

const part = (name) => find(`[data-upload-target=${name}]`);
const send = (size) => {
  Object.defineProperty(part("file"), "files", { value: [{ size }], configurable: true });
  fire(find("form"), "submit");
};
const asks = () => fire(window, "beforeunload").defaultPrevented;
const answer = (status, text = "", headers = {}) => {
  Object.assign(request, { status, responseText: text, answer: { "X-Tomoru": "1", ...headers } });
  request.listeners.load();
};

beforeEach(async () => {
  request = null;
  await show(PAGE, { upload: UploadController });
  document.head.innerHTML = '<meta name="csrf-token" content="secret">';
  globalThis.XMLHttpRequest = FakeRequest;
});

test("a file that is too large is not sent", () => {
  send(11);
  assert.equal(request, null);
  assert.equal(part("error").textContent, "Too large.");
});

test("it is sent with the token, says how far it is, and asks before leaving", () => {
  send(5);
  assert.equal(request.headers["X-CSRFToken"], "secret");
  assert.equal(part("progress").hidden, false);
  assert.equal(part("file").disabled, true);
  request.listeners.progress({ lengthComputable: true, loaded: 1, total: 3 });
  assert.equal(part("words").textContent, "33 %");
  assert.equal(asks(), true);
  request.listeners.progress({ lengthComputable: true, loaded: 3, total: 3 });
  assert.equal(part("words").textContent, "Stored");
});

test("an accepted file leads to the next page", () => {
  send(5);
  const went = [];
  Object.defineProperty(globalThis, "location", { value: { assign: (url) => went.push(url) }, configurable: true, writable: true });
  answer(204, "", { "HX-Redirect": "/next" });
  assert.deepEqual(went, ["/next"]);
  assert.equal(asks(), false);
});

test("where a list is named, the answer joins it and the form is ready for the next file", () => {
  find("form").insertAdjacentHTML("afterend", '<ul id="files"></ul>');
  find("form").dataset.uploadIntoValue = "#files";
  const processed = [];
  window.htmx = { process: (element) => processed.push(element.id) };
  send(5);
  answer(200, '<li id="new">photo.png</li>');
  assert.equal(find("#files").textContent, "photo.png");
  assert.deepEqual(processed, ["new"]);
  assert.equal(document.activeElement, part("start"));
});

test("a refusal is told with its reason: from the form, from the message, or in words of its own", () => {
  send(5);
  answer(422, '<p data-upload-target="error">Wrong header.</p>');
  assert.equal(part("error").textContent, "Wrong header.");
  send(5);
  answer(403, "", { "HX-Trigger": JSON.stringify({ toast: { toasts: [{ message: "Not allowed." }] } }) });
  assert.equal(part("error").textContent, "Not allowed.");
  send(5);
  answer(502, "<h1>Bad gateway</h1>");
  assert.equal(part("error").textContent, "Broken.");
  assert.equal(part("start").hidden, false);
});

test("a broken connection and a cancel are told apart", () => {
  send(5);
  request.listeners.error();
  assert.equal(part("error").textContent, "Broken.");
  send(5);
  find("a").click();
  assert.equal(part("error").textContent, "Cancelled.");
  assert.equal(part("file").disabled, false);
});
