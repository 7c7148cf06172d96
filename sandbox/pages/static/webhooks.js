// The log beside the phone: what the account was told of this chat.

import { h } from "./dom.js";
import { t } from "./words.js";
import { webhookEntry } from "./webhook-entry.js";

export class Webhooks {
  constructor(root, phone) {
    this.phone = phone;
    this.warning = h("div", { class: "warning", hidden: true });
    this.list = h("div", { class: "entries" });
    root.replaceChildren(h("h2", {}, t("Sent to the webhook")), this.warning, this.list);
  }

  take(news, known) {
    if (news.account) this.warn(news.account);
    if (news.webhooks) this.show(known.webhooks);
  }

  warn(account) {
    const reason = this.silence(account);
    this.warning.hidden = !reason;
    this.warning.replaceChildren(reason ?? "", " ", h("a", { href: "/control#channels" }, t("Control page")));
  }

  silence({ endpoint, active, suspended, hold }) {
    if (!endpoint) return t("The account has no webhook address yet, so nothing is sent.");
    if (!active) return t("“Use webhook” is switched off, so nothing is sent.");
    if (suspended) return t("Sending was suspended after many failures.");
    return hold ? t("Webhooks are being held back until they are released.") : null;
  }

  show(entries) {
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.number));
    const shown = entries.map((entry) => webhookEntry(entry, { open: open.has(String(entry.number)) }));
    this.list.replaceChildren(
      ...(shown.length ? shown : [h("p", { class: "quiet" }, t("Nothing yet. Add the account or write something."))]),
    );
  }
}
