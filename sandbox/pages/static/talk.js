// The chat itself: entries appear once, in order, and change only where something about them changed.

import { drawMessage } from "./messages/draw.js";
import { face, h } from "./dom.js";
import { fetched } from "./fetched.js";
import { button } from "./fields.js";
import { bdi, isolated } from "./names.js";
import { clockTime, dayOf, t, timeElement } from "./words.js";

const NEAR_END = 120;
const NOTICES = {
  added: "You added the account as a friend.",
  blocked: "You blocked the account.",
  unblocked: "You unblocked the account.",
  watched: "You watched the video to its end.",
  joined: "The account joined the group.",
  left: "The account left the group.",
  "member-joined": "{names} joined the group.",
  "member-left": "{names} left the group.",
};
const ROOM_NOTICES = {
  joined: "The account joined the chat.",
  left: "The account left the chat.",
  "member-joined": "{names} joined the chat.",
  "member-left": "{names} left the chat.",
};

const QUOTABLE = ["text", "textV2", "sticker", "image", "video"];
const NAMES = { sticker: "Sticker", image: "Picture", video: "Video" };

/** LINE's id of an entry's message: of what the account sent, LINE told it with the answer. */
export const idOf = (entry) => entry.message.id ?? entry.message_id;

/** What a message says, in a few words. */
export const wordsOf = ({ message }) =>
  (message.text ?? t(NAMES[message.type] ?? "Message")).split("\n")[0].slice(0, 80);

export class Talk {
  constructor(root, phone) {
    this.root = root;
    this.phone = phone;
    this.list = h("div", { class: "talk-list" });
    this.typing = h(
      "div",
      { class: "row theirs typing", hidden: true },
      h("div", { class: "bubble words" }, h("i"), h("i"), h("i")),
    );
    this.newer = button(t("New message ↓"), () => this.toEnd(), "newer", { hidden: true });
    root.replaceChildren(this.list, this.typing, this.newer);
    this.atEnd = true;
    root.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.list);
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(root);
    this.clear();
  }

  clear() {
    this.entries = new Map();
    this.last = null;
    this.list.replaceChildren();
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.atEnd) this.newer.hidden = true;
  }

  toEnd() {
    this.root.scrollTop = this.root.scrollHeight;
    this.atEnd = true;
    this.newer.hidden = true;
  }

  /** Show entries that were not shown before. */
  add(entries) {
    for (const entry of entries) {
      const key = `${entry.sequence}.${entry.part ?? 0}`;
      if (this.entries.has(key)) continue;
      if (!this.last || dayOf(this.last.at) !== dayOf(entry.at))
        this.list.append(h("p", { class: "day" }, dayOf(entry.at)));
      const element = this.draw(entry);
      this.list.append(element);
      this.entries.set(key, { entry, element });
      this.last = entry;
    }
    if (entries.some((entry) => this.isOwn(entry))) this.toEnd();
    else this.newer.hidden = this.atEnd;
  }

  isOwn(entry) {
    return entry.from === "friend" && (!entry.user_id || entry.user_id === this.phone.user);
  }

  draw(entry) {
    if (entry.kind === "notice") return this.note(this.notice(entry));
    if (entry.kind === "postback") return this.postback(entry);
    if (entry.unsent) return this.unsent(entry);
    return this.row(entry, drawMessage(this.withContent(entry.message), this.phone));
  }

  note(text) {
    return h("p", { class: "notice" }, text);
  }

  notice({ notice, names = [] }) {
    const isRoom = this.phone.news.group?.kind === "room";
    return t((isRoom && ROOM_NOTICES[notice]) || NOTICES[notice] || notice, { names: names.map(isolated).join(", ") });
  }

  unsent(entry) {
    return this.note(
      this.isOwn(entry) ? t("You unsent a message.") : t("{names} unsent a message.", { names: isolated(entry.name) }),
    );
  }

  /** A pressed button: its display text stands in the chat, the data only the account sees. */
  postback(entry) {
    if (entry.text) return this.row(entry, h("div", { class: "bubble words", dir: "auto" }, entry.text));
    return h(
      "p",
      { class: "notice hidden-talk" },
      t("Sent without a word in the chat: {data}", { data: entry.postback?.data ?? "" }),
    );
  }

  /** What an entry quotes, in a few words; quotes of the account name the message by a token that begins with its id. */
  quoted({ kind, message }) {
    if (kind !== "message") return null;
    const id = message.quotedMessageId ?? String(message.quoteToken ?? "").split(".")[0];
    const found = id && id !== message.id ? this.byMessage(id) : null;
    return found ? h("p", { class: "quoted", dir: "auto" }, wordsOf(found)) : null;
  }

  byMessage(id) {
    const shown = [...this.entries.values()].map(({ entry }) => entry);
    return shown.find((entry) => entry.kind === "message" && idOf(entry) === id && !entry.unsent);
  }

  /** What a person sent lies at the sandbox, unless it says where else. */
  withContent(message) {
    const kept = message.contentProvider;
    if (!kept) return message;
    if (kept.type === "external") return { ...message, ...kept };
    const address = new URL(`/_sandbox/contents/${this.phone.channel}/${message.id}`, location.href).href;
    return { ...message, originalContentUrl: address, previewImageUrl: message.type === "image" ? address : null };
  }

  row(entry, bubble) {
    const own = this.isOwn(entry);
    const quoted = this.quoted(entry);
    if (quoted) bubble = h("div", { class: "with-quote" }, quoted, bubble);
    const meta = h("div", { class: "meta" }, h("span", { class: "read" }), timeElement(entry.at));
    if (entry.edited) meta.prepend(h("span", {}, t("Edited")));
    if (own) return h("div", { class: "row own" }, this.ownButtons(entry), meta, bubble);
    const { name, url } = this.sender(entry);
    const follows = this.follows(entry, name);
    const who = follows ? null : h("span", { class: "who" }, bdi(name));
    const picture = follows ? h("span", { class: "no-face" }) : face(url, name, 36);
    return h(
      "div",
      { class: follows ? "row theirs follows" : "row theirs" },
      picture,
      h("div", { class: "stack" }, who, h("div", { class: "beside-bubble" }, bubble, meta, this.quoteButton(entry))),
    );
  }

  /** Quoting is offered for what LINE lets people quote. */
  quoteButton(entry) {
    if (entry.kind !== "message" || !QUOTABLE.includes(entry.message.type) || !idOf(entry)) return null;
    return this.ownButton("❝", t("Quote"), t("Quote this message"), () => this.phone.composer.quote(entry));
  }

  sender(entry) {
    if (entry.from === "friend") return { name: entry.name ?? "?", url: entry.picture_url };
    const { name, iconUrl } = entry.message.sender ?? {};
    return { name: name ?? this.phone.account.name, url: fetched(iconUrl) ?? this.phone.account.picture_url };
  }

  /** Whether the entry before came from the same sender in the same minute: then name and face need no repeating. */
  follows(entry, name) {
    const before = this.last;
    if (!before || before.kind !== "message" || before.unsent || before.from !== entry.from || this.isOwn(before))
      return false;
    return (
      this.sender(before).name === name &&
      clockTime(before.at) === clockTime(entry.at) &&
      dayOf(before.at) === dayOf(entry.at)
    );
  }

  /** What can be done to an own message: take it back, and in groups, as at LINE, change the words of a text. */
  ownButtons(entry) {
    if (entry.kind !== "message") return null;
    const { phone } = this;
    const change =
      phone.news.group?.kind === "group" && entry.message.type === "text"
        ? this.ownButton("✎", t("Edit"), t("Edit this message"), () => phone.edit(entry.message))
        : null;
    const unsend = this.ownButton("↶", t("Unsend"), t("Unsend this message"), () => phone.unsend(entry.message.id));
    return h("div", { class: "own-buttons" }, this.quoteButton(entry), change, unsend);
  }

  ownButton(sign, title, label, click) {
    return h("button", { type: "button", class: "own-button", title, "aria-label": label, on: { click } }, sign);
  }

  /** Take over what is now read, edited or taken back. */
  mark(marks) {
    for (const [key, shown] of this.entries) {
      const mark = marks[shown.entry.sequence];
      if (!mark || shown.entry.from !== "friend") continue;
      if (mark.unsent && !shown.entry.unsent) this.withdraw(key, shown);
      else if (mark.edited && mark.edited.quoteToken !== shown.entry.message.quoteToken)
        this.change(key, shown, mark.edited);
      const read = this.entries.get(key).element.querySelector(".read");
      if (read && this.isOwn(shown.entry)) read.textContent = mark.read ? t("Read") : "";
    }
  }

  withdraw(key, { entry, element }) {
    const gone = { ...entry, unsent: true };
    const note = this.unsent(gone);
    element.replaceWith(note);
    this.entries.set(key, { entry: gone, element: note });
  }

  /** Show the words that a text was changed to. */
  change(key, { entry, element }, message) {
    const changed = { ...entry, message, edited: true };
    this.last = this.before(entry);
    const drawn = this.draw(changed);
    this.last = [...this.entries.values()].at(-1).entry;
    element.replaceWith(drawn);
    this.entries.set(key, { entry: changed, element: drawn });
  }

  before(entry) {
    const shown = [...this.entries.values()].map((one) => one.entry);
    return shown[shown.indexOf(entry) - 1] ?? null;
  }

  /** The quick replies of the newest message; anything said after it makes them go. */
  quickReplies() {
    const said = [...this.entries.values()].map(({ entry }) => entry).filter((entry) => entry.kind !== "notice");
    const newest = said.at(-1);
    return newest?.from === "account" ? (newest.message.quickReply?.items ?? []) : [];
  }

  /** Show that the account is writing, for so many seconds. */
  showTyping(seconds) {
    clearTimeout(this.typingEnds);
    this.typing.hidden = seconds <= 0;
    if (seconds > 0) this.typingEnds = setTimeout(() => (this.typing.hidden = true), seconds * 1000);
    if (this.atEnd) this.toEnd();
  }
}
