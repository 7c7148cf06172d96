// How the person stands towards the account: the card of a stranger, and who may write.

import { byId, face, h } from "./dom.js";
import { button } from "./fields.js";
import { bdi } from "./names.js";
import { t } from "./words.js";

/** Show what the person's state allows: adding, unblocking, writing. */
export function showStanding(phone) {
  const { person, group } = phone.news;
  if (!person) return;
  const mayWrite = phone.groupId ? mayWriteInGroup(phone) : !["blocked", "deleted"].includes(person.state);
  phone.composer.enable(mayWrite);
  const standing = phone.groupId ? `group ${mayWrite} ${group?.bot_is_member}` : person.state;
  if (standing === phone.standing) return;
  phone.standing = standing;
  const card = phone.groupId ? groupBanner(phone, mayWrite) : BANNERS[person.state]?.(phone);
  const banner = byId("banner");
  banner.hidden = !card;
  banner.replaceChildren(...[card ?? []].flat());
}

const mayWriteInGroup = ({ news, user }) =>
  news.group?.bot_is_member && news.group.member_list.some((member) => member.user_id === user);

function groupBanner(phone, mayWrite) {
  if (mayWrite) return null;
  const isRoom = phone.news.group?.kind === "room";
  if (!phone.news.group?.bot_is_member)
    return [
      h("p", {}, isRoom ? t("The account is not in this chat.") : t("The account is not in this group.")),
      button(t("Invite the account"), () => phone.act({ act: "join" }), "primary"),
    ];
  return h("p", {}, isRoom ? t("You are not a member of this chat.") : t("You are not a member of this group."));
}

const BANNERS = {
  never: (phone) => addCard(phone, t("You are not friends yet.")),
  "wrote-within-7-days": (phone) =>
    addCard(phone, t("You are not friends yet, but you wrote: for seven days the account may answer.")),
  blocked: (phone) => [
    h("p", {}, t("You blocked this account. Its messages do not arrive.")),
    button(t("Unblock"), () => phone.act({ act: "unblock" }), "primary"),
  ],
  deleted: () => h("p", {}, t("This LINE account was deleted.")),
};

/** What a phone shows after a code was scanned: the account, and a large button. */
function addCard(phone, sentence) {
  const { account, channel } = phone;
  const code = h("img", {
    class: "qr",
    src: `/_sandbox/qr/${channel}.svg`,
    alt: t("The account's code"),
    width: 120,
    height: 120,
  });
  return h(
    "div",
    { class: "add-card" },
    h("div", { class: "scan" }, code),
    face(account.picture_url, account.name, 64),
    h("strong", {}, bdi(account.name)),
    h("span", { class: "quiet" }, `${account.basic_id} · ${t("Friends: {count}", { count: account.friends })}`),
    h("p", {}, sentence),
    button(t("Add as friend"), () => phone.act({ act: "add" }), "primary"),
  );
}
