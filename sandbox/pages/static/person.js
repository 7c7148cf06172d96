// The card about the person: who they are, how they stand, and what can be changed behind the account's back.

import { copy } from "./api.js";
import { ask } from "./asking.js";
import { face, h } from "./dom.js";
import { button, field, tick } from "./fields.js";
import { bdi } from "./names.js";
import { t, timeElement, moment } from "./words.js";

export class PersonCard {
  constructor(root, phone) {
    this.root = root;
    this.phone = phone;
  }

  take(news, { person }) {
    if (!news.person || !person) return;
    this.root.replaceChildren(this.head(person), this.facts(person), this.buttons(person));
  }

  head(person) {
    const state = h("span", { class: `state state-${person.state}` }, t(person.state));
    return h(
      "div",
      { class: "person-head" },
      face(person.picture_url, person.display_name, 56),
      h("div", {}, h("h2", {}, bdi(person.display_name)), state),
    );
  }

  facts(person) {
    const id = h(
      "span",
      { class: "copied" },
      h("code", {}, person.user_id),
      button(t("Copy"), () => copy(person.user_id)),
    );
    const wrote = person.last_wrote_at ? timeElement(person.last_wrote_at, moment(person.last_wrote_at)) : t("not yet");
    const rows = [
      [t("User ID"), id],
      [t("Status message"), person.status_message ? bdi(person.status_message) : "–"],
      [t("Language"), person.language || "–"],
      [t("Last wrote"), wrote],
      [
        t("Profile"),
        person.gone ? t("gone") : person.consent ? t("handed to the account") : t("withheld by the person"),
      ],
    ];
    return h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]).flat());
  }

  buttons(person) {
    const deleted = person.state === "deleted";
    const edit = button(t("Change"), () => this.edit(person));
    const remove = button(t("Delete LINE account"), () => this.remove(), "small danger");
    const restore = button(t("Restore LINE account"), () => this.phone.change({ state: "never" }));
    return h("div", { class: "buttons" }, edit, deleted ? restore : remove);
  }

  async edit(person) {
    const answer = await ask(t("Change this person"), [
      h("p", { class: "quiet" }, t("No webhook tells of this; the account sees it when it asks for the profile.")),
      field(t("Display name"), { name: "display_name", value: person.display_name, required: true, maxlength: 100 }),
      field(t("Status message"), { name: "status_message", value: person.status_message ?? "", maxlength: 500 }),
      field(t("Language"), { name: "language", value: person.language ?? "", maxlength: 20, placeholder: "ja" }),
      tick(t("Lets LINE hand the profile to accounts"), { name: "consent", checked: person.consent }),
      tick(t("The profile is no longer there"), { name: "gone", checked: person.gone }),
    ]);
    if (!answer) return;
    const { display_name, status_message, language } = answer;
    await this.phone.change({
      display_name,
      status_message: status_message || null,
      language: language || null,
      consent: answer.consent === "yes",
      gone: answer.gone === "yes",
    });
  }

  async remove() {
    const sure = await ask(
      t("Delete this person's LINE account?"),
      h("p", {}, t("LINE tells the official account nothing; messages to them are dropped.")),
      { ok: t("Delete") },
    );
    if (sure) await this.phone.change({ state: "deleted" });
  }
}
