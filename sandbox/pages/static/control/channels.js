// The accounts: make one, see its secret and tokens, set its webhook, close it.

import { attempt, call, copy, toast } from "../api.js";
import { ask } from "../asking.js";
import { face, h } from "../dom.js";
import { button, choice, field, hinted } from "../fields.js";
import { bdi, isolated } from "../names.js";
import { number, t } from "../words.js";
import { MoreSettings } from "./more-settings.js";
import { WebhookForm } from "./webhook-form.js";

const KINDS = ["verified", "premium", "unverified"];

export class Channels {
  constructor(root, createButton) {
    this.root = root;
    this.cards = new Map();
    createButton.addEventListener("click", () => this.create());
  }

  take({ channels }) {
    if (!channels) return;
    const kept = new Map();
    for (const channel of channels) {
      const card = this.cards.get(channel.channel_id) ?? new ChannelCard();
      card.update(channel);
      kept.set(channel.channel_id, card);
    }
    for (const [id, card] of this.cards) if (!kept.has(id)) card.root.remove();
    const added = [...kept].filter(([id]) => !this.cards.has(id)).map(([, card]) => card.root);
    this.root.querySelector(".empty")?.remove();
    this.root.append(...added);
    if (!kept.size) this.root.append(h("p", { class: "empty card" }, t("There is no official account yet.")));
    this.cards = kept;
  }

  async create() {
    const answer = await ask(
      t("Create an account"),
      [
        field(t("Name"), { name: "name", required: true, maxlength: 40, value: t("My shop") }),
        hinted(
          choice(
            t("Kind"),
            "kind",
            KINDS.map((kind) => [kind, t(kind)]),
          ),
          t("Only verified and premium accounts may list their followers."),
        ),
        hinted(
          field(t("Followers"), {
            name: "followers",
            type: "number",
            min: 0,
            max: 10_000_000,
            value: 100,
            required: true,
          }),
          t("They are made up as they are needed; a million costs nothing."),
        ),
        field(t("Webhook URL"), {
          name: "endpoint",
          type: "url",
          maxlength: 500,
          placeholder: "http://127.0.0.1:8000/…",
        }),
      ],
      { ok: t("Create") },
    );
    if (!answer) return;
    const wish = { name: answer.name, kind: answer.kind, population: { followers: Number(answer.followers) } };
    if (answer.endpoint) wish.webhook = { endpoint: answer.endpoint };
    const made = await attempt(() => call("POST", "/channels", wish));
    if (made) toast(t("{name} was created.", { name: isolated(made.name) }));
  }
}

class ChannelCard {
  constructor() {
    this.head = h("div", { class: "channel-head" });
    this.keys = h("dl", { class: "keys" });
    this.webhook = new WebhookForm();
    this.more = new MoreSettings();
    this.root = h("article", { class: "card channel" }, this.head, this.keys, this.webhook.root, this.more.root);
  }

  update(channel) {
    const written = JSON.stringify(channel);
    if (written === this.written) return;
    this.written = written;
    this.channel = channel;
    this.path = `/channels/${channel.channel_id}`;
    this.root.setAttribute("aria-label", isolated(channel.name));
    this.head.replaceChildren(...this.headParts(channel));
    this.keys.replaceChildren(...this.keyParts(channel));
    this.webhook.update(channel);
    this.more.update(channel);
  }

  headParts(channel) {
    const picture = channel.has_picture ? `/_sandbox/bots/${channel.channel_id}.svg` : null;
    const friends = `${channel.friends_exact ? "" : "≈ "}${number(channel.friends)}`;
    const words = h(
      "div",
      { class: "account-words" },
      h("h2", {}, bdi(channel.name), " ", h("span", { class: `tag tag-${channel.kind}` }, t(channel.kind))),
      h(
        "span",
        { class: "quiet" },
        `${channel.premium_id ?? channel.basic_id} · ${t("Friends: {count}", { count: friends })} · ${this.used(channel)}`,
      ),
    );
    const phone = h("a", { class: "button", href: `/phone/${channel.channel_id}` }, t("Open phone"));
    return [
      face(picture, channel.name, 48),
      words,
      h(
        "div",
        { class: "buttons" },
        phone,
        button(t("Delete"), () => this.remove(), "danger"),
      ),
    ];
  }

  used({ quota, usage_this_month: used }) {
    if (quota.type === "none") return t("Sent this month: {used}", { used: number(used) });
    return t("Sent this month: {used} of {count}", { used: number(used), count: number(quota.value) });
  }

  keyParts(channel) {
    const token = channel.tokens.find((one) => one.kind === "long-lived")?.value;
    const copied = (value) => button(t("Copy"), () => copy(value));
    const rows = [
      [t("Channel ID"), h("code", {}, channel.channel_id), copied(channel.channel_id)],
      [
        t("Channel secret"),
        h("code", {}, channel.secret),
        copied(channel.secret),
        button(t("New secret"), () => this.rotate()),
      ],
      [
        t("Long-lived token"),
        h("code", {}, token ?? t("none issued")),
        token ? copied(token) : null,
        button(t("Issue new"), () => this.issue()),
      ],
      [
        t("Stored tokens"),
        h("span", {}, number(channel.tokens.length)),
        button(t("Revoke every token"), () => this.revoke()),
      ],
    ];
    return rows
      .map(([name, value, ...buttons]) => [
        h("dt", {}, name),
        h("dd", {}, value, h("span", { class: "buttons" }, buttons.filter(Boolean))),
      ])
      .flat();
  }

  async rotate() {
    const sure = await ask(
      t("Issue a new secret?"),
      h("p", {}, t("The old one is worthless at once: webhooks are signed with the new one.")),
      { ok: t("New secret") },
    );
    if (sure) await attempt(() => call("POST", `${this.path}/secret`));
  }

  async issue() {
    await attempt(() => call("POST", `${this.path}/tokens`, { kind: "long-lived" }));
  }

  async revoke() {
    const sure = await ask(
      t("Revoke every token?"),
      h("p", {}, t("Every program that uses this account has to issue a new one, stateless ones too.")),
      { ok: t("Revoke every token") },
    );
    if (sure) await attempt(() => call("DELETE", `${this.path}/tokens`));
  }

  async remove() {
    const sure = await ask(
      t("Delete {name}?", { name: isolated(this.channel.name) }),
      h("p", {}, t("Its people, chats and logs go with it.")),
      { ok: t("Delete") },
    );
    if (sure) await attempt(() => call("DELETE", this.path));
  }
}
