// One person's phone: holds what is known, lets the person act, and hands news to the parts of the page.

import { attempt, call, follow, toast } from "./api.js";
import { ask } from "./asking.js";
import { Beside } from "./beside.js";
import { Composer } from "./composer.js";
import { byId, h } from "./dom.js";
import { Groups } from "./groups.js";
import { Menu } from "./menu.js";
import { PersonCard } from "./person.js";
import { showQuickReplies } from "./quick-replies.js";
import { showStanding } from "./standing.js";
import { RichMenu } from "./rich-menu.js";
import { Talk } from "./talk.js";
import { t } from "./words.js";
import { Webhooks } from "./webhooks.js";

const root = byId("phone");

class Phone {
  constructor() {
    const { channel, user, group, account } = root.dataset;
    Object.assign(this, { channel, user, groupId: group || null, account: JSON.parse(account) });
    this.onPc = new URLSearchParams(location.search).get("on") === "pc";
    byId("pc-mark").hidden = !this.onPc;
    this.news = {};
    this.path = this.groupId ? `/channels/${channel}/groups/${this.groupId}` : this.personPath;
    this.talk = new Talk(byId("talk"), this);
    this.composer = new Composer(this);
    this.parts = [
      new PersonCard(byId("person"), this),
      new Groups(byId("groups"), this),
      new Webhooks(byId("webhooks"), this),
      new Menu(this),
      (this.richMenu = new RichMenu(this)),
    ];
    this.beside = new Beside();
    const rest = this.groupId ? `/${this.groupId}` : "";
    follow(
      `/_sandbox/live/chats/${channel}/${user}${rest}`,
      (news) => this.take(news),
      (lost) => this.showLost(lost),
    );
  }

  get personPath() {
    return `/channels/${this.channel}/friends/${this.user}`;
  }

  /** Take in what changed. */
  take(news) {
    if (news.is_open === false) return location.reload();
    if (news.reset) this.talk.clear();
    Object.assign(this.news, news);
    if (news.entries) this.talk.add(news.entries);
    if (news.entries || news.marks) this.talk.mark(this.news.marks);
    if (news.entries || news.reset) showQuickReplies(byId("quick"), this.talk.quickReplies(), this);
    if ("typing_until" in news) this.talk.showTyping((news.typing_until ?? 0) - this.now());
    showStanding(this);
    for (const part of this.parts) part.take(news, this.news);
    root.dataset.ready = "yes";
    return undefined;
  }

  /** The sandbox's time in seconds. */
  now() {
    return Date.now() / 1000 + (this.news.clock_offset ?? 0);
  }

  /** Let the person do something in this chat; what came of it, or undefined when it was refused. */
  async act(wish) {
    const outcome = await attempt(() => call("POST", `${this.path}/acts`, this.groupId ? this.inGroup(wish) : wish));
    if (outcome && outcome.events.length && !outcome.webhooks.length && !this.warned) {
      this.warned = true;
      toast(t("The account was not told: it has no webhook address, or its webhook is off."), "warn");
    }
    return outcome;
  }

  /** A tap in a group as the act it comes down to. */
  inGroup(wish) {
    const told = { user_id: this.user, ...wish };
    if (wish.act !== "tap") return told;
    const { type, text, data, displayText } = wish.action;
    if (type === "message") return { ...told, act: "message", message: { type: "text", text } };
    return { ...told, act: "postback", data, displayText, params: wish.params };
  }

  send(message) {
    return this.act({ act: "message", message });
  }

  async unsend(messageId) {
    const sure = await ask(
      t("Unsend this message?"),
      h("p", {}, t("It disappears here, and the account is told to delete it.")),
      { ok: t("Unsend") },
    );
    if (sure) await this.act({ act: "unsend", messageId });
  }

  /** Change the words of a text that the person wrote in a group. */
  async edit({ id, text }) {
    const words = h("textarea", { name: "text", rows: 3, maxlength: 5000, required: true, dir: "auto", value: text });
    const answer = await ask(t("Edit this message"), h("label", {}, t("Message"), words), { ok: t("Save") });
    if (answer?.text.trim() && answer.text !== text) await this.act({ act: "edit", messageId: id, text: answer.text });
  }

  /** Change the person behind the account's back. */
  change(fields) {
    return attempt(() => call("PATCH", this.personPath, fields));
  }

  openTray(name) {
    this.composer.openTray(name);
  }

  write(text) {
    this.composer.write(text);
  }

  showLost(lost) {
    root.classList.toggle("lost", lost);
    if (lost) root.dataset.lost = t("The line to the sandbox is cut. Trying again…");
  }
}

new Phone();
