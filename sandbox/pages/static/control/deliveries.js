// What went out: events to the bots with how fast they answered, and messages from the bots with what became of them.

import { attempt, call } from "../api.js";
import { ask } from "../asking.js";
import { h } from "../dom.js";
import { button } from "../fields.js";
import { bdi } from "../names.js";
import { decimal, exactTime, number, t, timeElement } from "../words.js";
import { REASONS, webhookEntry } from "../webhook-entry.js";

const LIMIT_MS = 2000;

const figure = (label, value, kind = "") =>
  h("div", { class: `figure ${kind}` }, h("strong", {}, value), h("span", {}, label));

export class WebhookLog {
  constructor(root, page) {
    this.page = page;
    this.figures = h("div", { class: "figures" });
    this.list = h("div", { class: "entries scrolled", tabindex: "0", role: "region", "aria-label": t("Webhooks") });
    root.replaceChildren(h("h2", {}, t("Webhooks")), this.figures, this.list);
  }

  take(news) {
    if (news.webhook_totals) this.showTotals(news.webhook_totals);
    if (news.webhooks) this.show(news.webhooks);
  }

  showTotals({ reasons, slowest_milliseconds: slowest }) {
    const { OK = 0, ...others } = reasons;
    const rest = Object.entries(others).map(([reason, count]) =>
      figure(t(REASONS[reason] ?? reason), number(count), ["waiting", "held", "joined"].includes(reason) ? "" : "bad"),
    );
    const speed = figure(
      t("slowest, of 2,000 ms allowed"),
      t("{count} ms", { count: decimal(slowest) }),
      slowest > LIMIT_MS ? "bad" : "",
    );
    this.figures.replaceChildren(figure(t("answered well"), number(OK), "good"), ...rest, speed);
  }

  show(entries) {
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.number));
    const shown = entries.map((entry) =>
      webhookEntry(entry, {
        open: open.has(String(entry.number)),
        name: this.page.chosen ? null : this.page.channelName(entry.channel_id),
      }),
    );
    this.list.replaceChildren(...(shown.length ? shown : [h("p", { class: "quiet" }, t("No event was sent yet."))]));
  }
}

export class MessageLog {
  constructor(root, page) {
    this.page = page;
    this.figures = h("div", { class: "figures" });
    this.verdict = h("p", { class: "verdict", role: "status" });
    this.list = h("div", { class: "entries scrolled", tabindex: "0", role: "region", "aria-label": t("Messages") });
    const buttons = h(
      "div",
      { class: "buttons" },
      button(t("Was anybody reached twice?"), () => this.check()),
      button(t("Forget them"), () => this.forget()),
    );
    root.replaceChildren(h("h2", {}, t("Messages")), this.figures, buttons, this.verdict, this.list);
  }

  take(news) {
    if (news.message_totals) this.showTotals(news.message_totals);
    if (news.messages) this.show(news.messages);
  }

  showTotals({ requests, accepted, delivered, dropped }) {
    this.figures.replaceChildren(
      figure(t("requests"), number(requests)),
      figure(t("accepted"), number(accepted)),
      figure(t("delivered"), number(delivered), "good"),
      figure(t("dropped"), number(dropped), dropped ? "bad" : ""),
    );
  }

  show(entries) {
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.number));
    const shown = entries.map((entry) => this.entry(entry, open.has(String(entry.sequence))));
    this.list.replaceChildren(
      ...(shown.length ? shown : [h("p", { class: "quiet" }, t("No message was accepted yet."))]),
    );
  }

  entry(mail, open) {
    const name = this.page.chosen ? null : h("span", { class: "quiet" }, bdi(this.page.channelName(mail.channel_id)));
    const counts = [
      h("span", { class: "ms" }, t("{count} accepted", { count: number(mail.accepted) })),
      h(
        "span",
        { class: mail.dropped ? "chip wait" : "chip good" },
        t("{count} delivered", { count: number(mail.delivered) }),
      ),
    ];
    const summary = h(
      "summary",
      {},
      timeElement(mail.at, exactTime(mail.at)),
      h("span", { class: "what" }, h("strong", {}, mail.endpoint), h("span", {}, mail.types.join(", ")), name),
      counts,
    );
    const facts = [
      [t("Begins with"), mail.text ? bdi(mail.text) : "–"],
      [t("Dropped"), number(mail.dropped)],
      [t("Request ID"), mail.request_id],
      [t("Retry key"), mail.retry_key ?? t("none")],
      [t("Unit"), mail.units?.join(", ") ?? t("none")],
    ];
    return h(
      "details",
      { class: "entry", open, dataset: { number: mail.sequence } },
      summary,
      h(
        "dl",
        { class: "facts entry-body" },
        facts.map(([name_, value]) => [h("dt", {}, name_), h("dd", {}, value)]).flat(),
      ),
    );
  }

  get channelIds() {
    return this.page.chosen ? [this.page.chosen] : this.page.known.channels.map((channel) => channel.channel_id);
  }

  async check() {
    const answers = await attempt(() =>
      Promise.all(this.channelIds.map((id) => call("GET", `/channels/${id}/messages/summary`))),
    );
    if (!answers) return;
    const twice = answers.reduce((sum, answer) => sum + answer.chats_reached_more_than_once, 0);
    const reached = answers.reduce((sum, answer) => sum + answer.chats_reached, 0);
    this.verdict.textContent = twice
      ? t("{count} of {reached} chats got more than one message.", { count: number(twice), reached: number(reached) })
      : t("None of {reached} chats got more than one message.", { reached: number(reached) });
  }

  async forget() {
    const sure = await ask(t("Forget these messages?"), h("p", {}, t("They also go from the chats on the phones.")), {
      ok: t("Forget them"),
    });
    if (sure) await attempt(() => Promise.all(this.channelIds.map((id) => call("DELETE", `/channels/${id}/messages`))));
  }
}
