import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PasskeyController from "#js/controllers/passkey.js";
import { find, fire, settle, show } from "./page.js";

const PAGE = `<form hidden data-controller="passkey" data-action="passkey#submit" data-passkey-kind-value="create"
  data-passkey-options-value="/options" data-passkey-failed-value="Failed.">
  <input type="hidden" name="credential" data-passkey-target="credential">
  <p hidden data-passkey-target="error"></p><div data-passkey-target="secret"><input name="password" value="secret"></div></form>`;
const API = { parseCreationOptionsFromJSON: (options) => options, parseRequestOptionsFromJSON: (options) => options };
const refusal = (name) => async () => { throw Object.assign(new Error("no"), { name }); };
let asked;
let sent;

const open = async ({ api = API, ok = true, trigger = null, create = async () => ({ toJSON: () => ({ id: "k" }) }) } = {}) => {
  await show("<main></main>", { passkey: PasskeyController });
  window.PublicKeyCredential = api;
  Object.defineProperty(globalThis.navigator, "credentials", { value: { create }, configurable: true });
  document.head.innerHTML = '<meta name="csrf-token" content="token">';
  globalThis.fetch = async (url, request) => {
    asked.push([url, request.headers["X-CSRFToken"]]);
    return { ok, json: async () => ({ challenge: "c" }), headers: { get: () => trigger } };
  };
  find("main").innerHTML = PAGE;
  find("form").submit = () => { sent += 1; };
  await settle();
};
const submit = async () => {
  fire(find("form"), "submit");
  await settle();
};
const said = () => find("[data-passkey-target=error]").textContent;

beforeEach(() => {
  asked = [];
  sent = 0;
});

test("a browser without passkeys sees nothing of them", async () => {
  await open({ api: null });
  assert.equal(find("form").hidden, true);
});

test("what the device says is sent, and the password is not sent twice", async () => {
  await open();
  assert.equal(find("form").hidden, false);
  await submit();
  assert.deepEqual(asked, [["/options", "token"]]);
  assert.equal(find("[name=credential]").value, '{"id":"k"}');
  assert.equal(find("[name=password]").disabled, true);
  assert.equal(sent, 1);
});

test("a refusal of the server is told, and the device is not asked", async () => {
  const trigger = JSON.stringify({ toast: { toasts: [{ message: "Wrong password." }] } });
  await open({ ok: false, trigger, create: () => assert.fail("asked") });
  await submit();
  assert.equal(said(), "Wrong password.");
  assert.equal(sent, 0);
});

test("a device that fails is told, one that was cancelled is not", async () => {
  await open({ create: refusal("SecurityError") });
  await submit();
  assert.equal(said(), "Failed.");
  await open({ create: refusal("NotAllowedError") });
  await submit();
  assert.equal(said(), "");
  assert.equal(sent, 0);
});
