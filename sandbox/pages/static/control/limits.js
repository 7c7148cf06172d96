// The rate limits: how often each endpoint was called, and whether more was ever asked of it than LINE allows.

import { attempt, call } from "../api.js";
import { h } from "../dom.js";
import { bdi } from "../names.js";
import { number, t } from "../words.js";

const SPANS = { 1: "second", 60: "minute", 3600: "hour" };

export class Limits {
  constructor(root, resetButton, page) {
    this.root = root;
    this.page = page;
    resetButton.addEventListener("click", () => attempt(() => call("DELETE", "/counters")));
  }

  take(news, { counters }) {
    if (!news.counters && !news.channels) return;
    if (!counters?.length)
      return this.root.replaceChildren(h("p", { class: "quiet" }, t("LINE's API has not been called yet.")));
    const names = [
      t("Account"),
      t("Endpoint"),
      t("Limit"),
      t("Requests"),
      t("Answers"),
      t("429s"),
      t("Most in one second"),
      t("Never exceeded"),
    ];
    const head = h(
      "tr",
      {},
      names.map((name) => h("th", { scope: "col" }, name)),
    );
    const rows = counters.map((counter) =>
      h(
        "tr",
        {},
        this.cells(counter).map((cell, place) => h("td", { dataset: { label: names[place] } }, cell)),
      ),
    );
    this.root.replaceChildren(
      h(
        "div",
        { class: "wide", tabindex: "0", role: "region", "aria-label": t("Limits") },
        h("table", {}, h("thead", {}, head), h("tbody", {}, rows)),
      ),
      h(
        "p",
        { class: "hint" },
        t(
          "“Never exceeded” weighs every request against the documented rate, whether or not the account refuses what is over it.",
        ),
      ),
    );
  }

  cells(counter) {
    const { limit, statuses } = counter;
    const answers = Object.entries(statuses).map(([status, count]) =>
      h(
        "span",
        { class: status.startsWith("2") ? "chip good" : "chip bad" },
        `${status === "dropped" ? t("cut") : status} × ${number(count)}`,
      ),
    );
    const verdict = counter.ever_exceeded
      ? h("span", { class: "chip bad" }, t("no, {count} over", { count: number(counter.excess) }))
      : h("span", { class: "chip good" }, t("yes"));
    return [
      bdi(this.page.channelName(counter.channel_id)),
      h("code", {}, `${counter.method} ${counter.path}`),
      t(`{count} a ${SPANS[limit.seconds]}`, { count: number(limit.requests) }),
      number(counter.total),
      h("span", { class: "chips" }, answers),
      number(counter.too_many),
      number(counter.busiest_second),
      verdict,
    ];
  }
}
