import { BaseController } from "#js/base_controller.js";

// On <dialog>: says why a form did not go through, and offers what helps. The page below keeps what was typed.
export default class extends BaseController {
  static targets = ["only", "sentence", "title"];

  connect() {
    this.listen(document, "unsent", (event) => this.tell(event.detail));
    this.listen(this.element, "cancel", (event) => this.reason === "other-member" && event.preventDefault());
    // A browser lets a second Escape through all the same; without the dialog nothing would be left to see.
    this.listen(this.element, "close", () => document.documentElement.hasAttribute("data-other-member") && this.element.showModal());
    // A tab in which the member has just signed in, or confirmed that it is them.
    this.channel = new BroadcastChannel("tomoru");
    this.channel.onmessage = ({ data }) => this.hear(data);
  }

  disconnect() {
    super.disconnect();
    this.channel.close();
  }

  get isAway() {
    return this.element.open && ["signed-out", "back", "proof"].includes(this.reason);
  }

  // Other tabs say "resume" where the member has just done what was asked for, "signed-in" where a page of theirs opened.
  hear(said) {
    if (said === "resume" && this.isAway) this.again();
    if (said === "signed-in" && this.element.open && this.reason === "signed-out") this.show("back");
  }

  // `reason`: a word of app/team/unsent.py, or lost, strange, failed, for which `sentence` is given.
  // `follows`: refused was what follows the form by itself, such as its preview. The form's own answer may come after it.
  tell({ reason, sentence, again, follows = false }) {
    const isOpen = this.element.open;
    if (isOpen && (follows || !this.follows)) return;
    [this.sendAgain, this.follows] = [again, follows];
    if (isOpen) return;
    this.show(reason, sentence);
    // The next member in this browser does not read what the one before has typed.
    document.documentElement.toggleAttribute("data-other-member", reason === "other-member");
    this.element.showModal();
  }

  show(reason, sentence) {
    this.reason = reason;
    const { dataset } = this.titleTarget;
    this.titleTarget.textContent = dataset[reason] ?? dataset.usual;
    this.sentenceTarget.textContent = sentence || this.sentenceTarget.dataset[reason.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];
    for (const control of this.onlyTargets) control.hidden = !control.dataset.for.split(" ").includes(reason);
  }

  again() {
    this.close();
    this.sendAgain();
  }

  close() {
    document.documentElement.removeAttribute("data-other-member");
    this.element.close();
  }

  reload() {
    location.reload();
  }
}
