// Faults: what may go wrong, where and how often.

import { attempt, call } from "../api.js";
import { byId, h } from "../dom.js";
import { button, choice, field } from "../fields.js";
import { isolated, nameOrNone } from "../names.js";
import { decimal, number, t } from "../words.js";

const ENDPOINTS = JSON.parse(byId("endpoints").textContent);
const ms = (name, label, value) => [
  name,
  label,
  { type: "number", min: 0, max: 600_000, step: "any", value, required: true },
];

// Name, what it is called, what it does, and the fields that only it has.
const KINDS = {
  status: [
    "Error answer",
    "Answers with an error instead of doing anything.",
    [
      [
        "status",
        "Status",
        [
          [500, "500"],
          [429, "429"],
          [503, "503"],
          [401, "401"],
          [403, "403"],
          [404, "404"],
          [400, "400"],
          [409, "409"],
        ],
      ],
      ["message", "Message (empty: LINE's own)", { maxlength: 500 }],
      ["retry_after", "Retry-After in seconds (LINE sends none)", { type: "number", min: 0, step: 1 }],
    ],
  ],
  latency: [
    "Slow answer",
    "Waits before it answers.",
    [ms("min_ms", "At least, in ms", 500), ms("max_ms", "At most, in ms", 3000)],
  ],
  lost: [
    "Lost answer",
    "Does what was asked, then cuts the line without an answer: the caller cannot know. This is what retry keys are for.",
    [ms("delay_ms", "After, in ms", 0)],
  ],
  reset: ["Cut line", "Cuts the line before doing anything.", []],
  slow_body: ["Trickling answer", "Sends the answer bit by bit.", [ms("delay_ms", "Spread over, in ms", 2000)]],
  malformed: ["Broken answer", "Sends an answer whose JSON cannot be read.", []],
  unknown_enum: ["Unknown value", "Puts an unknown value into the answer.", []],
  extra_fields: ["Extra fields", "Adds fields to the answer that were not asked for.", []],
};

export class FaultForm {
  constructor(root) {
    this.root = root;
    this.own = h("div", { class: "own-fields" });
    this.explanation = h("p", { class: "hint" });
    this.kind = choice(
      t("What goes wrong"),
      "kind",
      Object.entries(KINDS).map(([kind, [name]]) => [kind, t(name)]),
    );
    this.channel = h(
      "label",
      {},
      t("Account"),
      h("select", { name: "channel_id" }, h("option", { value: "" }, t("Every account"))),
    );
    const endpoints = [
      ["", t("Every endpoint")],
      ...ENDPOINTS.map(({ method, path }) => [`${method} ${path}`, `${method} ${path}`]),
    ];
    root.replaceChildren(
      h("h2", {}, t("Add a fault")),
      this.kind,
      this.explanation,
      this.own,
      choice(t("Endpoint"), "endpoint", endpoints),
      this.channel,
      h(
        "div",
        { class: "thirds" },
        field(t("Times (empty: always)"), { name: "times", type: "number", min: 1, step: 1 }),
        field(t("Let pass first"), { name: "skip", type: "number", min: 0, step: 1, value: 0 }),
        field(t("Strikes in %"), { name: "probability", type: "number", min: 1, max: 100, step: "any", value: 100 }),
      ),
      h("button", { class: "primary" }, t("Add")),
    );
    this.kind.querySelector("select").addEventListener("change", () => this.showOwn());
    root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.add(Object.fromEntries(new FormData(root)));
    });
    this.showOwn();
  }

  take({ channels }) {
    if (!channels) return;
    const select = this.channel.querySelector("select");
    const before = select.value;
    select.replaceChildren(
      h("option", { value: "" }, t("Every account")),
      ...channels.map(({ channel_id: id, name }) => h("option", { value: id, dir: "auto" }, nameOrNone(name))),
    );
    select.value = channels.some((channel) => channel.channel_id === before) ? before : "";
  }

  showOwn() {
    const [, explanation, fields] = KINDS[this.root.elements.kind.value];
    this.explanation.textContent = t(explanation);
    this.own.replaceChildren(
      ...fields.map(([name, label, kind]) =>
        Array.isArray(kind) ? choice(t(label), name, kind) : field(t(label), { name, ...kind }),
      ),
    );
  }

  async add(fields) {
    const { kind, endpoint, channel_id: channel, times, skip, probability } = fields;
    const wish = { kind, skip: Number(skip), probability: Number(probability) / 100 };
    if (times) wish.times = Number(times);
    if (channel) wish.channel_id = channel;
    if (endpoint) [wish.method, wish.path] = endpoint.split(" ");
    for (const name of ["status", "min_ms", "max_ms", "delay_ms"]) if (fields[name]) wish[name] = Number(fields[name]);
    if (fields.message) wish.message = fields.message;
    if (fields.retry_after) wish.headers = { "Retry-After": fields.retry_after };
    await attempt(() => call("POST", "/faults", wish));
  }
}

export class FaultList {
  constructor(root, page) {
    this.root = root;
    this.page = page;
  }

  take(news, { faults }) {
    if (!news.faults && !news.channels) return;
    const rows = (faults ?? []).map((fault) =>
      h(
        "li",
        {},
        this.described(fault),
        button(t("Remove"), () => this.remove(fault.id)),
      ),
    );
    const clear = rows.length ? button(t("Remove all"), () => attempt(() => call("DELETE", "/faults"))) : null;
    const empty = h("p", { class: "quiet" }, t("Nothing goes wrong: every request is answered as LINE would."));
    this.root.replaceChildren(
      h("h2", {}, t("In force")),
      rows.length ? h("ul", { class: "plain rules" }, rows) : empty,
      clear ?? "",
    );
  }

  described(fault) {
    const where = fault.path ? `${fault.method} ${fault.path}` : t("Every endpoint");
    const account = fault.channel_id ? isolated(this.page.channelName(fault.channel_id)) : t("Every account");
    const often = [fault.times ? t("Times at most: {count}", { count: number(fault.times) }) : t("always")];
    if (fault.skip) often.push(t("after {count} more", { count: number(fault.skip) }));
    if (fault.probability < 1) often.push(`${decimal(fault.probability * 100)} %`);
    const struck = h(
      "span",
      { class: fault.struck ? "chip bad" : "chip" },
      t("struck {count}", { count: number(fault.struck) }),
    );
    return h(
      "div",
      {},
      h("strong", {}, t(KINDS[fault.kind][0]), this.extent(fault)),
      " ",
      struck,
      h("br"),
      h("code", {}, where),
      h("br"),
      h("span", { class: "quiet" }, [account, ...often].join(" · ")),
    );
  }

  extent({ kind, status, min_ms: from, max_ms: to, fixed_ms: fixed, median_ms: median, p99_ms: p99, delay_ms: delay }) {
    if (kind === "status") return ` ${status}`;
    if (kind !== "latency") return delay ? ` ${decimal(delay)} ms` : "";
    if (median) return ` ${decimal(median)} / ${decimal(p99)} ms`;
    return to ? ` ${decimal(from)}–${decimal(to)} ms` : ` ${decimal(fixed)} ms`;
  }

  async remove(id) {
    await attempt(() => call("DELETE", `/faults/${id}`));
  }
}
