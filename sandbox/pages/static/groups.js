// Groups: those of the person beside a 1:1 chat, or the members beside a group's chat.

import { attempt, call, toast } from "./api.js";
import { ask } from "./asking.js";
import { byId, face, h } from "./dom.js";
import { button, choice, field } from "./fields.js";
import { bdi, nameOrNone } from "./names.js";
import { t } from "./words.js";

const CHOICES = 30;

export class Groups {
  constructor(root, phone) {
    this.root = root;
    this.phone = phone;
  }

  take(news, known) {
    if (!("group" in news || "groups" in news)) return;
    byId("title-extra").textContent = known.group ? `(${known.group.members + Number(known.group.bot_is_member)})` : "";
    this.root.replaceChildren(...(known.group ? this.members(known.group) : this.list(known.groups)));
  }

  list(groups) {
    const { phone } = this;
    const items = groups.map(({ group_id: id, name, members, bot_is_member: inside }) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: `/phone/${phone.channel}/${phone.user}/groups/${id}` },
          h("strong", {}, bdi(name)),
          h(
            "span",
            { class: "quiet" },
            t("People: {count}", { count: members }),
            " · ",
            inside ? t("with the account") : t("without the account"),
          ),
        ),
      ),
    );
    const shown = items.length
      ? h("ul", { class: "plain" }, items)
      : h("p", { class: "quiet" }, t("This person is in no group."));
    const buttons = [
      button(t("Make a group"), () => this.create()),
      button(t("Make a multi-person chat"), () => this.createRoom()),
    ];
    return [h("h2", {}, t("Groups")), shown, h("div", { class: "buttons" }, buttons)];
  }

  async create() {
    const answer = await ask(t("Make a group"), [
      field(t("Name of the group"), { name: "name", required: true, maxlength: 50, value: t("Friends of the shop") }),
      h("p", { class: "quiet" }, t("You are its first member. The account comes in when a member invites it.")),
    ]);
    if (answer) await this.make({ name: answer.name });
  }

  async createRoom() {
    const sure = await ask(
      t("Make a multi-person chat"),
      h("p", {}, t("LINE calls it a room. It has no name, and the account hears of joining it with the first event.")),
    );
    if (sure) await this.make({ kind: "room" });
  }

  async make(wish) {
    const { phone } = this;
    const group = await attempt(() =>
      call("POST", `/channels/${phone.channel}/groups`, { ...wish, members: [phone.user] }),
    );
    if (group) location.assign(`/phone/${phone.channel}/${phone.user}/groups/${group.group_id}`);
  }

  members(group) {
    const { phone } = this;
    const rows = group.member_list.map((member) =>
      h(
        "li",
        { class: "member" },
        face(member.picture_url, member.display_name, 28),
        h("span", {}, bdi(member.display_name)),
        button(t("Remove"), () => phone.act({ act: "member-left", user_ids: [member.user_id] })),
      ),
    );
    const account = group.bot_is_member
      ? button(group.kind === "room" ? t("Remove the account from the chat") : t("Remove the account from the group"), () => phone.act({ act: "leave" }))
      : button(t("Invite the account"), () => phone.act({ act: "join" }), "small primary");
    const add = group.bot_is_member ? button(t("Let a person join"), () => this.invite(group)) : null;
    return [
      h("h2", {}, t("People: {count}", { count: group.members })),
      h("ul", { class: "plain" }, rows),
      h("div", { class: "buttons" }, account, add),
    ];
  }

  async invite(group) {
    const { phone } = this;
    const inside = new Set(group.member_list.map((member) => member.user_id));
    const found = await attempt(() => call("GET", `/channels/${phone.channel}/friends?limit=${CHOICES}`));
    if (!found) return;
    const options = found.friends
      .filter((person) => !inside.has(person.user_id))
      .map((person) => [person.user_id, nameOrNone(person.display_name)]);
    if (!options.length) return toast(t("All users are in the group already."), "warn");
    const answer = await ask(t("Let a person join"), choice(t("Person"), "user", options));
    if (answer?.user) await phone.act({ act: "member-joined", user_ids: [answer.user] });
  }
}
