import { BaseController } from "#js/base_controller.js";
import { csrfToken } from "#js/csrf.js";

// Around the thread and its composer: files that are chosen, dropped or pasted are uploaded side by side, each with a bar,
// and then wait in the composer in the order in which they were given.
export default class extends BaseController {
  static targets = ["list", "row"];

  static values = { upload: String, attach: String, kinds: String, sending: String, broken: String, most: Number, full: String };

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
    const ids = await Promise.all(files.map((file) => this.#send(file)));
    const media = ids.filter(Boolean);
    if (media.length) await this.#attach(media);
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
  #attach(media) {
    const isOpen = document.querySelector(`[data-chat-files-attach-value="${this.attachValue}"]`);
    if (!isOpen) return window.htmx.ajax("POST", this.attachValue, { swap: "none", values: { media } });
    const values = { media, text: this.#words(), press: document.getElementById("chat-press").value };
    // Not in the name of the form, which would count as sending its words.
    return window.htmx.ajax("POST", this.attachValue, { source: "#chat-draft", target: "#chat-draft", swap: "outerHTML", values });
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
