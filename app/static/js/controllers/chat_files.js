import { BaseController } from "#js/base_controller.js";
import { csrfToken } from "#js/csrf.js";
import { toast } from "#js/toast.js";

// Around the thread and its composer: files that are chosen, dropped or pasted are uploaded side by side, each with a bar,
// and then wait in the composer in the order in which they were given. An answer that is sent before waits for them, so that
// words and files go out together.
export default class extends BaseController {
  static targets = ["held", "list", "row"];

  static values = { upload: String, attach: String, kinds: String, sending: String, broken: String, most: Number, full: String, left: String, wait: String };

  // How many choices of files are on their way into the draft.
  taking = 0;

  connect() {
    // Leaving the page ends the uploads, so the browser asks first.
    this.listen(window, "beforeunload", (event) => this.taking && event.preventDefault());
  }

  choose({ currentTarget }) {
    this.#take([...currentTarget.files]);
    currentTarget.value = "";
  }

  allow(event) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files") || !this.#isOpen()) return;
    event.preventDefault();
    this.element.classList.add("is-dropped-on");
  }

  leave() {
    this.element.classList.remove("is-dropped-on");
  }

  drop(event) {
    this.leave();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length || !this.#isOpen()) return;
    event.preventDefault();
    this.#take(files);
  }

  // Office programs put a picture beside the text that is meant.
  paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.clipboardData.types.includes("text/plain") || !this.#isOpen()) return;
    event.preventDefault();
    this.#take(files);
  }

  disconnect() {
    if (this.isHeld) toast("info", this.leftValue);
    this.isHeld = false;
    super.disconnect();
  }

  // Before a form is sent: that of the composer goes as soon as the files are there, that of Send later says so.
  hold(event) {
    const isLater = event.target.matches("#chat-later form");
    if (!this.taking || !(isLater || event.target.id === "chat-composer")) return;
    event.preventDefault();
    event.stopPropagation();
    if (isLater) this.#sayLater(this.waitValue);
    else this.#hold(true);
  }

  // The answer stays in the field.
  release() {
    this.#hold(false);
    document.getElementById("chat-text")?.focus();
  }

  cancel({ currentTarget }) {
    const row = currentTarget.closest("li");
    row.request?.abort();
    row.remove();
  }

  async #take(files) {
    this.listTarget.querySelectorAll(".is-refused").forEach((row) => row.remove());
    if (this.#waiting() + files.length > this.mostValue) {
      this.#add("").refuse(this.fullValue);
      return;
    }
    this.taking += 1;
    const ids = await Promise.all(files.map((file) => this.#send(file)));
    const media = ids.filter(Boolean);
    const isThere = !media.length || (await this.#attach(media));
    this.taking -= 1;
    if (!isThere) this.#hold(false);
    if (!this.taking) this.#goOn();
  }

  // What is held is sent, except where a file was refused, which its line says.
  #goOn() {
    this.#sayLater("");
    if (!this.isHeld) return;
    this.#hold(false);
    if (!this.listTarget.querySelector(".is-refused")) document.getElementById("chat-composer").requestSubmit();
  }

  #hold(isHeld) {
    this.isHeld = isHeld;
    this.heldTarget.hidden = !isHeld;
  }

  #sayLater(words) {
    const place = document.getElementById("chat-later-problem");
    if (place) place.textContent = words;
  }

  // What waits already, with the words.
  #waiting() {
    return this.element.querySelectorAll(".chat-waiting").length + (this.#words() ? 1 : 0);
  }

  #words() {
    return document.getElementById("chat-text")?.value ?? "";
  }

  #isOpen() {
    const text = document.getElementById("chat-text");
    return Boolean(text) && !text.closest("fieldset").disabled;
  }

  // Where another conversation was opened since, the files wait in the draft for which they were chosen.
  // Returns whether all of them wait now.
  async #attach(media) {
    const isOpen = document.querySelector(`[data-chat-files-attach-value="${this.attachValue}"]`);
    if (!isOpen) {
      await window.htmx.ajax("POST", this.attachValue, { swap: "none", values: { media } });
      return false;
    }
    const before = this.element.querySelectorAll(".chat-waiting").length;
    const values = { media, text: this.#words(), press: document.getElementById("chat-press").value };
    // Not in the name of the form, which would count as sending its words.
    await window.htmx.ajax("POST", this.attachValue, { source: "#chat-draft", target: "#chat-draft", swap: "outerHTML", values });
    return this.element.querySelectorAll(".chat-waiting").length >= before + media.length;
  }

  // Returns the file's number; nothing where it was refused or cancelled, which its line says.
  #send(file) {
    const row = this.#add(file.name);
    const body = new FormData();
    const fields = [["csrf_token", csrfToken()], ["kinds", this.kindsValue], ["takes_any", "1"], ["visibility", "public"], ["file", file]];
    for (const [name, value] of fields) body.append(name, value);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      row.element.request = request;
      request.upload?.addEventListener("progress", ({ loaded, total }) => total && row.tell(Math.floor((100 * loaded) / total)));
      request.addEventListener("load", () => resolve(this.#finish(row, request)));
      request.addEventListener("error", () => resolve(row.refuse(this.brokenValue)));
      request.addEventListener("abort", () => resolve(null));
      request.open("POST", this.uploadValue);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.send(body);
    });
  }

  #finish(row, request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status !== 201) return row.refuse(answer.error ?? this.brokenValue);
    row.element.remove();
    return answer.id;
  }

  #add(name) {
    const element = this.rowTarget.content.cloneNode(true).querySelector("li");
    const [words, bar] = [element.querySelector("span"), element.querySelector("progress")];
    words.textContent = name;
    this.listTarget.append(element);
    return {
      element,
      tell: (percent) => {
        bar.value = percent;
        words.textContent = `${name} · ${this.sendingValue.replace("{percent}", percent)}`;
      },
      refuse: (why) => {
        element.classList.add("is-refused", "text-danger");
        words.textContent = name ? `${name}: ${why}` : why;
        bar.remove();
        return null;
      },
    };
  }
}
