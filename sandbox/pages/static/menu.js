// The menu in the corner of the phone.

import { openAddress } from "./actions.js";
import { ask } from "./asking.js";
import { byId, h } from "./dom.js";
import { field, hinted } from "./fields.js";
import { t } from "./words.js";

export class Menu {
  constructor(phone) {
    this.phone = phone;
    this.button = byId("chat-menu-button");
    this.list = byId("chat-menu");
    this.button.addEventListener("click", () => this.show(this.list.hidden));
    document.addEventListener(
      "click",
      (event) => !event.target.closest("#chat-menu, #chat-menu-button") && this.show(false),
    );
    document.addEventListener(
      "keydown",
      (event) => event.key === "Escape" && !this.list.hidden && (this.show(false), this.button.focus()),
    );
  }

  show(open) {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.list.querySelector("button, a")?.focus();
  }

  take(news) {
    if (!("person" in news || "group" in news)) return;
    const { phone } = this;
    this.list.replaceChildren(
      this.item(t("Person and events"), () => phone.beside.show(true), "only-small"),
      ...(phone.groupId ? this.groupItems() : [this.item(t("Scan a QR code"), () => this.scan()), ...this.chatItems()]),
      phone.onPc
        ? h("a", { href: location.pathname }, t("Look on the phone"))
        : h("a", { href: "?on=pc" }, t("Look in LINE for PC")),
      h("a", { href: `/phone/${phone.channel}` }, t("Be another person")),
      h("a", { href: "/control" }, t("Control page")),
    );
  }

  item(label, click, kind = "") {
    const listener = () => (this.show(false), click());
    return h("button", { type: "button", class: kind, on: { click: listener } }, label);
  }

  chatItems() {
    const { phone } = this;
    const { state } = phone.news.person ?? {};
    if (state === "blocked") return [this.item(t("Unblock"), () => phone.act({ act: "unblock" }))];
    if (["friend", "unblocked", "no-consent"].includes(state)) return [this.item(t("Block"), () => this.block())];
    return state === "deleted" ? [] : [this.item(t("Add as friend"), () => phone.act({ act: "add" }))];
  }

  /** Open what a QR code holds: its address stands below the code in the console. */
  async scan() {
    const typed = field(t("Address of the QR code"), { name: "address", type: "url", required: true, dir: "ltr" });
    const hint = hinted(typed, t("Copy it from the page of the QR Code in the console."));
    const given = await ask(t("Scan a QR code"), hint, { ok: t("Scan") });
    if (given?.address) openAddress(given.address.trim(), this.phone);
  }

  async block() {
    const sure = await ask(
      t("Block this account?"),
      h("p", {}, t("Its messages no longer arrive, and it is told that you left.")),
      { ok: t("Block") },
    );
    if (sure) await this.phone.act({ act: "block" });
  }

  groupItems() {
    const { phone } = this;
    const { bot_is_member: inGroup, kind } = phone.news.group ?? {};
    const removal = kind === "room" ? t("Remove the account from the chat") : t("Remove the account from the group");
    return [
      inGroup
        ? this.item(removal, () => phone.act({ act: "leave" }))
        : this.item(t("Invite the account"), () => phone.act({ act: "join" })),
    ];
  }
}
