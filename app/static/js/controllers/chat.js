import { BaseController } from "#js/base_controller.js";
import { allow, tell } from "#js/chat_alerts.js";
import { arrange, end, inTime } from "#js/chat_rows.js";
import { showUnread } from "#js/chat_unread.js";

const TYPED = "input:not([type=hidden]), select, textarea, [contenteditable]";
// How often is asked for changes while the page is looked at, and while it is not.
const SEEN = 2_000;
const UNSEEN = 15_000;
// So near to the end of the thread, a new line is scrolled to.
const NEAR = 120;

const mark = (row, isOpen) => (isOpen ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current"));

// The chat: asks for changes, keeps the thread at its newest line, and knows the keys of the page. What changed comes as
// pieces that htmx puts in their places.
export default class extends BaseController {
  static targets = ["alerts", "feed", "lines", "lost", "mine", "news", "none", "refused", "row", "rows", "scroll", "seen", "status", "text", "unasked"];

  static values = { lost: String };

  connect() {
    this.isGone = false;
    this.listen(document, "keydown", (event) => this.press(event));
    this.listen(document, "visibilitychange", () => this.pace());
    this.pace();
  }

  disconnect() {
    this.isGone = true;
    clearTimeout(this.next);
    super.disconnect();
  }

  feedTargetConnected({ dataset }) {
    if (dataset.unread) showUnread(Number(dataset.unread));
  }

  seenTargetConnected({ dataset }) {
    if (dataset.unread) showUnread(Number(dataset.unread));
  }

  newsTargetConnected(list) {
    if (!this.hasAlertsTarget || list.children.length === 0) return;
    const { dataset } = this.alertsTarget;
    tell([...list.children], { notifies: "notifies" in dataset, rings: "rings" in dataset, open: this.#open() });
  }

  // What the member has switched on, another browser of theirs may not show yet.
  alertsTargetConnected({ dataset }) {
    const permission = "notifies" in dataset && (window.Notification?.permission ?? "denied");
    this.unaskedTarget.hidden = permission !== "default";
    this.refusedTarget.hidden = permission !== "denied";
  }

  // The browser asks the member once, and remembers the answer.
  async allow(event) {
    const isOn = "notifies" in this.alertsTarget.dataset;
    if (isOn && window.Notification?.permission !== "default") return;
    event.preventDefault();
    const { form } = event.currentTarget;
    const isAllowed = await allow();
    this.unaskedTarget.hidden = true;
    this.refusedTarget.hidden = isAllowed;
    if (isAllowed && !isOn) form.requestSubmit();
  }

  scrollTargetConnected(scroll) {
    new window.ResizeObserver(() => this.stay()).observe(scroll);
    const sought = new URLSearchParams(location.search).get("message");
    this.isAtEnd = false;
    const line = sought && (document.getElementById(`line-${sought}`) ?? document.getElementById(`file-${sought}`));
    if (!line) return this.#toEnd();
    this.#seek(line);
  }

  // Who goes up leaves the end. A thread that has become longer tells of no such move.
  notePlace() {
    const { scrollTop } = this.scrollTarget;
    this.isAtEnd = this.#isNear() || (this.isAtEnd && scrollTop >= this.top);
    this.top = scrollTop;
  }

  // Pictures make the thread longer when they are there, and what waits below it makes it lower.
  stay() {
    if (this.isAtEnd) this.#toEnd();
  }

  // To the quoted message, where the page shows it; else the link opens the thread around it.
  jump(event) {
    const line = document.getElementById(event.currentTarget.dataset.key);
    if (!line) return;
    event.preventDefault();
    this.#seek(line);
  }

  // On a phone the person stands below the thread.
  about(event) {
    event.preventDefault();
    const person = document.getElementById("chat-person");
    person.scrollIntoView();
    person.focus({ preventScroll: true });
  }

  pace() {
    clearTimeout(this.next);
    if (this.isGone) return;
    this.next = setTimeout(() => this.ask(), document.hidden ? UNSEEN : SEEN);
  }

  // What was asked for one conversation is not shown in another one that was opened since: it is asked for again.
  admit(event) {
    const { sourceElement } = event.detail.ctx;
    if (!this.hasFeedTarget || sourceElement !== this.feedTarget || this.askedOf === this.#open()) return;
    event.preventDefault();
    this.isOwn = true;
  }

  async ask(event) {
    clearTimeout(this.next);
    // After what the member did here, the list follows at once.
    this.isOwn ||= event?.type === "chat-changed";
    if (this.asking) return;
    this.asking = true;
    const isOwn = this.isOwn;
    this.isOwn = false;
    this.wasNear = this.isAtEnd || this.#isNear();
    this.askedOf = this.#open();
    this.chosen = this.hasRowsTarget ? [...this.rowsTarget.querySelectorAll("input:checked")].map(({ id }) => id) : [];
    try {
      await window.htmx.ajax("GET", this.#url(isOwn), { source: this.feedTarget, swap: "none" });
    } finally {
      this.asking = false;
      if (this.isOwn) this.ask();
      else this.pace();
    }
  }

  answered({ detail: { ctx } }) {
    if (ctx.sourceElement === this.feedTarget) this.#say("");
    if (ctx.sourceElement?.id === "chat-bulk" && ctx.response?.status === 204) this.noneTarget.click();
  }

  lost({ target }) {
    if (target === this.feedTarget) this.#say(this.lostValue);
  }

  settle() {
    if (this.hasRowsTarget) arrange(this.rowsTarget);
    if (this.hasLinesTarget) inTime(this.linesTarget);
    this.#chooseAgain();
    this.#markOpen();
    if (this.wasNear) this.#toEnd();
    this.wasNear = false;
  }

  // The row that was chosen is read, and is where the reader is.
  choose({ currentTarget }) {
    for (const row of this.rowTargets) mark(row, row === currentTarget);
    const line = currentTarget.closest(".chat-row");
    line.classList.remove("is-unread");
    line.querySelector(".chat-count")?.remove();
    this.element.classList.add("has-opened");
  }

  press(event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]") || event.target.matches?.(TYPED)) return;
    const act = this.#act(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #act({ key, target }) {
    if (key === "r" && this.hasTextTarget) return () => this.textTarget.focus();
    if (key === "a" && this.hasMineTarget) return () => this.mineTarget.click();
    if (key === "e" && this.hasStatusTarget) return () => this.#done();
    if (key === "?") return () => document.getElementById("chat-keys").showModal();
    if (key === "s") return () => document.querySelector("#chat-filter [name=search]").focus();
    if (key === "x" && this.rowTargets.includes(target)) return () => target.closest("li").querySelector("input")?.click();
    if (key === "Escape" && this.#open()) return () => this.#leave();
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[key];
    const isThread = this.hasScrollTarget && this.scrollTarget.contains(target) && key.startsWith("Arrow");
    return step && !isThread ? () => this.#move(step, target) : null;
  }

  #move(step, target) {
    const rows = this.rowTargets;
    const at = rows.indexOf(rows.includes(target) ? target : rows.find((one) => one.hasAttribute("aria-current")));
    rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
  }

  #done() {
    this.statusTarget.value = "done";
    this.statusTarget.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #url(isOwn) {
    const query = new URLSearchParams(location.search);
    const { since, told } = this.feedTarget.dataset;
    query.set("since", since);
    if (told) query.set("told", told);
    const open = this.#open();
    if (open && this.hasSeenTarget) query.set("seen", this.seenTarget.dataset.seen);
    if (isOwn) query.set("own", "1");
    if (open) query.set("open", open);
    if (open && !document.hidden && this.#isSeen()) query.set("reads", "1");
    const oldest = this.hasScrollTarget && this.scrollTarget.querySelector("[data-at]")?.dataset.at;
    if (oldest) query.set("oldest", oldest);
    const writing = document.querySelector("#chat-writing")?.textContent.trim();
    if (writing) query.set("writing", writing);
    const newest = this.hasScrollTarget && this.scrollTarget.querySelector("[data-chat-newer]")?.previousElementSibling?.dataset.at;
    if (newest) query.set("newest", newest);
    const last = this.hasRowsTarget && end(this.rowsTarget);
    if (last) query.set("last", last);
    const state = document.getElementById("chat-state")?.dataset.state;
    if (state) query.set("state", state);
    const planned = document.getElementById("chat-planned")?.dataset.planned;
    if (planned !== undefined) query.set("planned", planned);
    return `${this.feedTarget.dataset.url}?${query}`;
  }

  // The conversation beside the list; the address may be that of the list, after a search.
  #open() {
    return this.hasSeenTarget ? this.seenTarget.dataset.talk : undefined;
  }

  // On a phone the list may stand before the conversation.
  #isSeen() {
    return !this.hasScrollTarget || this.scrollTarget.checkVisibility?.() !== false;
  }

  // A list that was drawn again knows nothing of what is open beside it.
  #markOpen() {
    const open = this.#open();
    for (const row of this.rowTargets) if (row.id) mark(row, row.id === `chat-link-${open}`);
  }

  #leave() {
    const row = this.rowTargets.find((one) => one.hasAttribute("aria-current")) ?? this.rowTargets[0];
    this.element.classList.remove("has-opened");
    row?.focus();
  }

  // Lines that came in place of others are chosen as those were.
  #chooseAgain() {
    for (const id of this.chosen ?? []) {
      const box = document.getElementById(id);
      if (box && !box.checked) box.click();
    }
    this.chosen = [];
  }

  #seek(line) {
    for (const one of this.scrollTarget.querySelectorAll(".is-sought")) one.classList.remove("is-sought");
    line.classList.add("is-sought");
    line.scrollIntoView({ block: "center" });
  }

  #isNear() {
    if (!this.hasScrollTarget) return false;
    const { scrollHeight, scrollTop, clientHeight } = this.scrollTarget;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #toEnd() {
    if (!this.hasScrollTarget) return;
    this.isAtEnd = true;
    this.scrollTarget.scrollTop = this.scrollTarget.scrollHeight;
    this.top = this.scrollTarget.scrollTop;
  }

  #say(words) {
    if (this.lostTarget.textContent !== words) this.lostTarget.textContent = words;
  }
}
