import { BaseController } from "#js/base_controller.js";
import { csrfToken } from "#js/csrf.js";

// Where the browser has an undo of its own.
const TEXTS = "textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=file], [type=button])";
const STEPS = { z: "undo", y: "redo" };

// On the composer: sends files that are chosen, dropped or pasted, shows each problem at its field, and switches between
// editing and preview on a phone.
export default class extends BaseController {
  static targets = ["dark", "phone", "problems", "tab"];

  static values = { upload: String, sending: String, broken: String };

  show({ currentTarget }) {
    this.element.dataset.view = currentTarget.dataset.view;
    for (const tab of this.tabTargets) tab.setAttribute("aria-pressed", tab === currentTarget);
  }

  // Outside of texts, the keys of undo and redo press the buttons.
  shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest?.(TEXTS)) return;
    const key = event.key.toLowerCase();
    const step = event.shiftKey ? key === "z" && "redo" : STEPS[key];
    const button = step && document.getElementById(`do-${step}`);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  }

  darken({ currentTarget }) {
    this.isDark = !this.isDark;
    currentTarget.setAttribute("aria-pressed", this.isDark);
    this.phoneTargetConnected(this.phoneTarget);
  }

  phoneTargetConnected(phone) {
    phone.toggleAttribute("data-dark", Boolean(this.isDark));
  }

  // The server says what is wrong in one list; each sentence goes to its field, and a field that is right loses its own.
  spread() {
    if (!this.hasProblemsTarget) return;
    const said = new Map([...this.problemsTarget.children].map((one) => [one.dataset.path, one.textContent]));
    for (const place of this.element.querySelectorAll("[data-problem-for]")) {
      const words = said.get(place.dataset.problemFor) ?? "";
      if (place.textContent !== words) place.textContent = words;
      const field = document.getElementById(`f-${place.dataset.problemFor}`);
      field?.classList.toggle("is-invalid", words !== "");
      field?.setAttribute("aria-invalid", words !== "");
    }
  }

  allow(event) {
    if (event.target.closest("[data-composer-drop]")) event.preventDefault();
  }

  drop(event) {
    const file = event.dataTransfer?.files[0];
    const place = event.target.closest("[data-composer-drop]");
    if (!file || !place) return;
    event.preventDefault();
    this.send(place, file);
  }

  // A pasted image goes to the place that has the focus, or the first that still needs one.
  paste(event) {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    const kind = file.type.split("/")[0];
    const places = [...this.element.querySelectorAll(`[data-composer-drop=${kind === "video" || kind === "audio" ? kind : "image"}]`)];
    const own = event.target.closest?.("[data-composer-drop]");
    const place = own ?? places.find((one) => !one.querySelector("[data-composer-id]").value);
    if (!place) return;
    event.preventDefault();
    this.send(place, file);
  }

  upload({ currentTarget }) {
    const [file] = currentTarget.files;
    if (file) this.send(currentTarget.closest("[data-composer-drop]"), file);
  }

  clear({ currentTarget }) {
    const place = currentTarget.closest("[data-composer-drop]");
    const input = place.querySelector("input[type=file]");
    this.#put(place, "");
    place.querySelector(".composer-file-shown").replaceChildren();
    this.#say(place, place.querySelector("[data-composer-words]").dataset.composerWords);
    input.value = "";
    input.focus();
  }

  send(place, file) {
    const body = new FormData();
    for (const [name, value] of [["csrf_token", csrfToken()], ["kinds", place.dataset.composerDrop], ["visibility", "public"], ["file", file]]) body.append(name, value);
    const request = new XMLHttpRequest();
    request.upload?.addEventListener("progress", ({ loaded, total }) => total && this.#say(place, this.sendingValue.replace("{percent}", Math.floor((100 * loaded) / total))));
    request.addEventListener("load", () => this.finish(place, request));
    request.addEventListener("error", () => this.#refuse(place, this.brokenValue));
    request.open("POST", this.uploadValue);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(body);
  }

  // The server says why a file is refused; anything else has no words of its own.
  finish(place, request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status !== 201) return this.#refuse(place, answer.error ?? this.brokenValue);
    this.#say(place, answer.name);
    this.#show(place, answer.url);
    return this.#put(place, answer.id);
  }

  // A name of a file that was not taken would look as if it was.
  #refuse(place, why) {
    place.querySelector("input[type=file]").value = "";
    this.#say(place, why, true);
  }

  #show(place, url) {
    const chosen = place.querySelector("template").content.cloneNode(true);
    const look = chosen.querySelector("[data-composer-look]");
    look[look.matches("img") ? "src" : "href"] = url;
    place.querySelector(".composer-file-shown").replaceChildren(chosen);
  }

  #put(place, id) {
    const field = place.querySelector("[data-composer-id]");
    field.value = id;
    this.#changed(field);
    document.getElementById(place.dataset.composerRedraws)?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #changed(field) {
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  #say(place, words, isWrong = false) {
    const line = place.querySelector("[data-composer-words]");
    line.textContent = words;
    line.classList.toggle("text-danger", isWrong);
  }
}
