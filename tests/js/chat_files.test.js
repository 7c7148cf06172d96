import assert from "node:assert/strict";
import { test } from "node:test";
import ChatFilesController from "#js/controllers/chat_files.js";
import { find, fire, settle, show } from "./page.js";

const PAGE = `<meta name="csrf-token" content="t"><section data-controller="chat-files" data-chat-files-upload-value="/accounts/1/media" data-chat-files-attach-value="/chat/5/draft/files"
  data-chat-files-kinds-value="image,video" data-chat-files-most-value="5" data-chat-files-full-value="Five at most" data-chat-files-sending-value="Sending {percent}%"
  data-chat-files-broken-value="Broken off" data-action="dragover->chat-files#allow dragleave->chat-files#leave drop->chat-files#drop paste->chat-files#paste submit->chat-files#hold:capture"
  data-chat-files-left-value="Not sent" data-chat-files-wait-value="Wait">
  <ul data-chat-files-target="list"></ul>
  <template data-chat-files-target="row"><li><span></span><progress max="100" value="0"></progress><button data-action="chat-files#cancel"></button></li></template>
  <p id="held" data-chat-files-target="held" hidden><button data-action="chat-files#release"></button></p>
  <form id="chat-composer"><fieldset><div id="chat-draft"></div><textarea id="chat-text">Hi</textarea><input id="chat-press" value="p1"></fieldset></form>
  <dialog id="chat-later"><form><p id="chat-later-problem"></p></form></dialog></section>`;

// Shows the page and returns what is sent: uploads, and what is attached.
async function open() {
  const [uploads, attached] = [[], []];
  const page = await show(PAGE, { "chat-files": ChatFilesController });
  page.htmx = {
    ajax: async (_method, url, { source, values }) => {
      attached.push([url, values, source]);
      if (source && !page.isOffline) find(source).insertAdjacentHTML("beforeend", values.media.map(() => '<i class="chat-waiting"></i>').join(""));
    },
  };
  globalThis.XMLHttpRequest = class {
    upload = { addEventListener: (_kind, tell) => { this.tell = tell; } };

    heard = {};

    addEventListener(kind, hear) { this.heard[kind] = hear; }

    open() {}

    setRequestHeader() {}

    abort() { this.heard.abort(); }

    send(body) {
      this.body = body;
      uploads.push(this);
    }

    answer(status, answer) {
      this.status = status;
      this.responseText = JSON.stringify(answer);
      this.heard.load();
    }
  };
  return [uploads, attached];
}

const file = (name) => new File(["x"], name, { type: "image/png" });

function drop(...names) {
  const event = new window.Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { files: names.map(file), types: ["Files"] };
  find("#chat-draft").dispatchEvent(event);
}

test("dropped files are sent side by side and attached together, in their order", async () => {
  const [uploads, attached] = await open();
  drop("one.png", "two.png");
  assert.deepEqual(uploads.map(({ body }) => [body.get("file").name, body.get("kinds")]), [["one.png", "image,video"], ["two.png", "image,video"]]);
  uploads[0].tell({ loaded: 1, total: 4 });
  assert.match(find("li span").textContent, /one\.png.*Sending 25%/);
  uploads[1].answer(201, { id: 22 });
  await settle();
  assert.deepEqual(attached, []);
  uploads[0].answer(201, { id: 11 });
  await settle();
  assert.deepEqual(attached, [["/chat/5/draft/files", { media: [11, 22], text: "Hi", press: "p1" }, "#chat-draft"]]);
  assert.equal(find("li"), null);
});

test("a refused file says why, the others go on, and one can be taken out on its way", async () => {
  const [uploads, attached] = await open();
  drop("one.png", "two.png", "three.png");
  uploads[0].answer(413, { error: "Too large" });
  await settle();
  assert.equal(find("li.is-refused span").textContent, "one.png: Too large");
  fire(find("li:not(.is-refused) button"), "click");
  uploads[2].answer(201, { id: 33 });
  await settle();
  assert.deepEqual(attached.map(([, { media }]) => media), [[33]]);
});

test("files that arrive after another conversation was opened wait in their own draft, without the words of the other", async () => {
  const [uploads, attached] = await open();
  drop("one.png");
  const other = find("section").cloneNode(true);
  other.setAttribute("data-chat-files-attach-value", "/chat/6/draft/files");
  find("section").replaceWith(other);
  await settle();
  uploads[0].answer(201, { id: 11 });
  await settle();
  assert.deepEqual(attached, [["/chat/5/draft/files", { media: [11] }, undefined]]);
});

test("more than fit are not sent", async () => {
  const [uploads] = await open();
  drop("1", "2", "3", "4", "5");
  assert.deepEqual([uploads.length, find("li span").textContent], [0, "Five at most"]);
});

test("a pasted picture is taken, one beside text is not", async () => {
  const [uploads] = await open();
  for (const types of [["Files", "text/plain"], ["Files"]]) {
    const event = new window.Event("paste", { bubbles: true, cancelable: true });
    event.clipboardData = { files: [file("shot.png")], types };
    find("textarea").dispatchEvent(event);
  }
  assert.equal(uploads.length, 1);
});

test("nothing is taken while nothing can be sent", async () => {
  const [uploads] = await open();
  find("fieldset").disabled = true;
  drop("one.png");
  assert.equal(uploads.length, 0);
});

// Presses Send; returns what was sent, also later, with what waited by then.
function send() {
  const sent = [];
  find("#chat-composer").requestSubmit = () => sent.push(document.querySelectorAll(".chat-waiting").length);
  fire(find("#chat-composer"), "submit");
  return sent;
}

test("an answer that is sent while files are on their way waits for all of them, says so, and goes once with them", async () => {
  const [uploads] = await open();
  const heard = [];
  find("section").addEventListener("submit", (event) => heard.push(event.target.id));
  fire(find("#chat-composer"), "submit");
  assert.deepEqual(heard, ["chat-composer"]);
  drop("one.png");
  drop("two.png");
  const sent = send();
  assert.deepEqual([heard.length, find("#held").hidden, find("#chat-text").value], [1, false, "Hi"]);
  uploads[1].answer(201, { id: 22 });
  await settle();
  assert.deepEqual([sent, find("#held").hidden], [[], false]);
  uploads[0].answer(201, { id: 11 });
  await settle();
  assert.deepEqual([sent, find("#held").hidden], [[2], true]);
});

test("a held answer is not sent when a file was refused or did not arrive, nor when the member wants to wait", async () => {
  const [uploads] = await open();
  drop("one.png", "two.png");
  const sent = send();
  uploads[0].answer(201, { id: 11 });
  uploads[1].answer(413, { error: "Too large" });
  await settle();
  assert.deepEqual([sent, find("#held").hidden, find(".is-refused span").textContent], [[], true, "two.png: Too large"]);
  drop("three.png");
  fire(find("#chat-composer"), "submit");
  window.isOffline = true;
  uploads[2].answer(201, { id: 33 });
  await settle();
  assert.deepEqual([sent, find("#held").hidden], [[], true]);
  window.isOffline = false;
  drop("four.png");
  fire(find("#chat-composer"), "submit");
  fire(find("#held button"), "click");
  uploads[3].answer(201, { id: 44 });
  await settle();
  assert.deepEqual([sent, find("#held").hidden], [[], true]);
});

test("a held answer whose conversation is left stays a draft, which is said", async () => {
  const [uploads, attached] = await open();
  const said = [];
  document.body.addEventListener("toast", ({ detail }) => said.push(detail.toasts[0].message));
  drop("one.png");
  const sent = send();
  find("section").remove();
  await settle();
  uploads[0].answer(201, { id: 11 });
  await settle();
  assert.deepEqual([sent, said, attached.map(([, { media }]) => media)], [[], ["Not sent"], [[11]]]);
});

test("an answer is not planned while files are on their way, and leaving the page then asks first", async () => {
  const [uploads] = await open();
  assert.equal(fire(window, "beforeunload").defaultPrevented, false);
  drop("one.png");
  assert.equal(fire(window, "beforeunload").defaultPrevented, true);
  assert.equal(fire(find("#chat-later form"), "submit").defaultPrevented, true);
  assert.equal(find("#chat-later-problem").textContent, "Wait");
  uploads[0].answer(201, { id: 11 });
  await settle();
  assert.equal(find("#chat-later-problem").textContent, "");
  assert.equal(fire(find("#chat-later form"), "submit").defaultPrevented, false);
});
