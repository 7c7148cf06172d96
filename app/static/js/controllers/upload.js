import { BaseController } from "#js/base_controller.js";
import { csrfToken, freshen } from "#js/csrf.js";
import { sentenceOf } from "#js/toast.js";

// On <form>: sends its file with a progress bar in percent; without script the form sends itself.
export default class extends BaseController {
  static targets = ["bar", "error", "file", "progress", "start", "words"];

  static values = { into: String, most: Number, tooLarge: String, cancelled: String, broken: String };

  // Leaving the page ends the upload, so the browser asks first.
  connect() {
    this.listen(window, "beforeunload", (event) => this.request && event.preventDefault());
  }

  submit(event) {
    event.preventDefault();
    if (this.request) return;
    const file = this.fileTarget.files[0];
    this.isRenewed = false;
    if (file && file.size > this.mostValue) this.say(this.tooLargeValue);
    else this.send();
  }

  send() {
    const body = new FormData(this.element);
    this.request = new XMLHttpRequest();
    this.request.upload.addEventListener("progress", (event) => this.progress(event));
    this.request.addEventListener("load", () => this.finish());
    this.request.addEventListener("error", () => this.stop(this.brokenValue));
    this.request.addEventListener("abort", () => this.stop(this.cancelledValue));
    this.request.open("POST", this.element.action);
    // Answered as htmx is: with the way to the next page instead of that page itself, whose message would be lost.
    this.request.setRequestHeader("HX-Request", "true");
    this.request.setRequestHeader("X-CSRFToken", csrfToken());
    this.say("");
    this.show(true);
    this.tell(0);
    this.request.send(body);
  }

  cancel() {
    this.request?.abort();
  }

  progress({ lengthComputable, loaded, total }) {
    if (lengthComputable) this.tell(Math.floor((100 * loaded) / total));
  }

  finish() {
    const { request } = this;
    if (request.getResponseHeader("X-Unsent")) return this.#unsent(request, request.getResponseHeader("X-Unsent"));
    // A proxy or the web server may answer instead.
    const isDone = request.status < 400 && Boolean(request.getResponseHeader("X-Tomoru"));
    this.stop(isDone ? "" : this.reasonOf(request));
    if (isDone) this.arrive(request);
    return null;
  }

  // The file stays chosen. A token of the same member's present session is taken, once; anything else is for the member.
  #unsent(request, reason) {
    this.stop("");
    const again = () => this.send();
    if (reason === "old") freshen(request.getResponseHeader("X-CSRFToken"));
    if (reason !== "stale") return this.dispatch("unsent", { target: document, prefix: "", detail: { reason, again } });
    if (this.isRenewed) return this.say(this.reasonOf(request));
    this.isRenewed = true;
    freshen(request.getResponseHeader("X-CSRFToken"));
    return again();
  }

  // Where `into` names a list, the answer joins the files in it; otherwise it names the next page.
  arrive(request) {
    if (!this.intoValue) {
      location.assign(request.getResponseHeader("HX-Redirect"));
      return;
    }
    const list = document.querySelector(this.intoValue);
    list.insertAdjacentHTML("beforeend", request.responseText);
    window.htmx.process(list.lastElementChild);
    this.element.reset();
    this.startTarget.focus();
  }

  stop(sentence) {
    this.request = null;
    this.show(false);
    this.say(sentence);
  }

  // A refusal is the form again, with its reason, or a message beside the answer; anything else has no words of its own.
  reasonOf(request) {
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const said = answer.querySelector("[data-upload-target=error]")?.textContent;
    return said || sentenceOf(request.getResponseHeader("HX-Trigger")) || this.brokenValue;
  }

  say(sentence) {
    this.errorTarget.textContent = sentence;
    this.fileTarget.classList.toggle("is-invalid", sentence !== "");
  }

  show(isSending) {
    this.progressTarget.hidden = !isSending;
    this.startTarget.hidden = isSending;
    for (const control of this.element.querySelectorAll("input, select")) control.disabled = isSending;
  }

  tell(percent) {
    const words = this.wordsTarget;
    this.barTarget.value = percent;
    words.textContent = percent < 100 ? words.dataset.sending.replace("{percent}", percent) : words.dataset.storing;
  }
}
