import { BaseController } from "#js/base_controller.js";
import { csrfToken } from "#js/csrf.js";

// On the chat's form: sends by the key that the member chose, counts as LINE does, and lets the member type on while an
// answer is on its way. What could not be sent comes back into the field. The form keeps the words a moment after they are
// typed; those of the last moment are kept when the form goes away.
export default class extends BaseController {
  static targets = ["closed", "counter", "fields", "free", "key", "paid", "seen", "text"];

  static values = { enter: Boolean, keep: String, most: Number, used: String };

  connect() {
    // Before the next page is asked for, where the browser tells of that.
    for (const kind of ["beforeunload", "pagehide"]) this.listen(window, kind, () => this.#keep());
  }

  disconnect() {
    this.#keep();
    super.disconnect();
  }

  textTargetConnected(field) {
    // One goes on behind what was written before.
    field.setSelectionRange(field.value.length, field.value.length);
    this.wasEmpty = this.textTarget.value === "";
    this.#count();
  }

  // Why nothing can be sent now, as long as it is so.
  closedTargetConnected() {
    this.#close(true);
  }

  closedTargetDisconnected() {
    this.#close(false);
  }

  // A reply is free for some seconds after the friend wrote.
  freeTargetConnected(free) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      free.hidden = true;
      this.paidTarget.hidden = false;
    }, Number(free.dataset.seconds) * 1000);
  }

  freeTargetDisconnected() {
    clearTimeout(this.timer);
  }

  press(event) {
    // Safari tells of the Enter that ends a composition by this code alone.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.altKey) return;
    const isSent = event.ctrlKey || event.metaKey || (this.enterValue && !event.shiftKey);
    if (!isSent) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  choose({ currentTarget }) {
    this.enterValue = currentTarget.value === "1";
  }

  // With the first character the member has seen what the thread shows.
  type() {
    this.isUnkept = true;
    if (this.wasEmpty) this.#look();
    this.wasEmpty = this.textTarget.value === "";
    this.#count();
  }

  // The words were read into the request by now.
  begin({ detail: { ctx } }) {
    if (this.#isOfText(ctx)) this.keeping = this.textTarget.value;
    if (ctx.sourceElement !== this.element) return;
    this.sent = this.textTarget.value;
    this.isUnkept = false;
    this.#write("");
  }

  end({ detail: { ctx } }) {
    if (this.#isOfText(ctx) && ctx.response?.status < 400 && this.keeping === this.textTarget.value) this.isUnkept = false;
    if (ctx.sourceElement !== this.element) return;
    if (ctx.response && ctx.response.status < 400) this.sent = "";
    else this.restore({ detail: { ctx } });
  }

  restore({ detail: { ctx } }) {
    if (ctx?.sourceElement !== this.element || !this.sent || !this.hasTextTarget) return;
    const since = this.textTarget.value;
    this.#write(since ? `${this.sent}\n${since}` : this.sent);
    this.isUnkept = true;
    this.sent = "";
  }

  // What is written goes out later.
  empty() {
    this.isUnkept = false;
    this.#write("");
  }

  look({ currentTarget }) {
    const line = document.getElementById(currentTarget.dataset.line);
    currentTarget.closest(".alert").remove();
    line?.scrollIntoView({ block: "center" });
    this.textTarget.focus();
  }

  #isOfText(ctx) {
    return this.hasTextTarget && ctx.sourceElement === this.textTarget;
  }

  // The browser sends it although the page goes away.
  #keep() {
    if (!this.isUnkept || !this.hasTextTarget) return;
    this.isUnkept = false;
    const body = new URLSearchParams({ text: this.textTarget.value, press: this.element.elements.press.value });
    fetch(this.keepValue, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
  }

  #look() {
    const lines = [...document.querySelectorAll("#chat-lines [id^=line-]")];
    const newest = Math.max(0, ...lines.map(({ id }) => Number(id.slice("line-".length))));
    if (newest) this.seenTarget.value = newest;
  }

  #close(isClosed) {
    if (!this.hasFieldsTarget) return;
    this.fieldsTarget.disabled = isClosed;
    this.fieldsTarget.hidden = isClosed;
  }

  #write(words) {
    this.textTarget.value = words;
    this.wasEmpty = words === "";
    this.#count();
  }

  // UTF-16 code units, which is how JavaScript measures texts.
  #count() {
    if (!this.hasCounterTarget) return;
    const used = this.textTarget.value.length;
    this.counterTarget.textContent = used ? this.usedValue.replace("{used}", used) : "";
    this.counterTarget.classList.toggle("text-danger", used > this.mostValue);
  }
}
