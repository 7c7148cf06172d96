import { Controller } from "@hotwired/stimulus";
import { csrfToken, freshen } from "#js/csrf.js";
import { sentenceOf } from "#js/toast.js";

// On <form>: lets the browser make a passkey or sign in with one, and sends the form with what it says. Shown only
// where the browser can do it. `kind`: "create" or "get"; `options`: where the challenge comes from.
export default class extends Controller {
  static targets = ["credential", "error", "secret"];

  static values = { kind: String, options: String, failed: String };

  connect() {
    const { PublicKeyCredential } = window;
    this.element.hidden = !(PublicKeyCredential?.parseCreationOptionsFromJSON && PublicKeyCredential.parseRequestOptionsFromJSON);
  }

  async submit(event) {
    event.preventDefault();
    this.element.dataset.sent = "1";
    this.say("");
    try {
      await this.ask();
    } catch (error) {
      // A member who closes the browser's own dialog knows that they did.
      if (error.name !== "NotAllowedError" && error.name !== "AbortError") this.say(this.failedValue);
    } finally {
      delete this.element.dataset.sent;
    }
  }

  async ask() {
    const answer = await this.options();
    if (!answer.ok) {
      this.say(sentenceOf(answer.headers.get("HX-Trigger")) || this.failedValue);
      return;
    }
    this.credentialTarget.value = JSON.stringify(await this.answerTo(await answer.json()));
    // They were for the challenge alone.
    for (const field of this.secretTargets) for (const input of field.querySelectorAll("input")) input.disabled = true;
    this.element.submit();
  }

  // A page of the same member's earlier session gets a token of the present one, and asks once more.
  async options(isRenewed = false) {
    const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true" };
    const answer = await fetch(this.optionsValue, { method: "POST", headers, body: new FormData(this.element) });
    const fresh = answer.headers.get("X-CSRFToken");
    if (fresh) freshen(fresh);
    return !isRenewed && answer.headers.get("X-Unsent") === "stale" ? this.options(true) : answer;
  }

  async answerTo(options) {
    const { PublicKeyCredential } = window;
    const credential = this.kindValue === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    return credential.toJSON();
  }

  say(sentence) {
    this.errorTarget.textContent = sentence;
    this.errorTarget.hidden = sentence === "";
  }
}
