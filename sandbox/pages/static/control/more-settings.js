// Everything else about an account that can be set, one row of the table a setting.

import { h } from "../dom.js";
import { choice, field, tick } from "../fields.js";
import { t } from "../words.js";
import { GuardedForm } from "./guarded-form.js";

const KINDS = ["verified", "premium", "unverified"];
const whole = { type: "number", min: 0, step: 1, required: true };
const share = { type: "number", min: 0, max: 100, step: "any", required: true };
const span = { type: "number", min: 0, step: "any", required: true };

// Path of the setting, its words, and what kind of field it is.
const GROUPS = [
  [
    "Account",
    [
      ["name", "Name", { required: true, maxlength: 40 }],
      ["kind", "Kind", KINDS],
      [
        "chat_mode",
        "Chat in the account manager",
        [
          ["chat", "on"],
          ["bot", "off"],
        ],
      ],
      [
        "quota.type",
        "Monthly quota",
        [
          ["none", "without a limit"],
          ["limited", "limited"],
        ],
      ],
      ["quota.value", "Messages a month", whole],
    ],
  ],
  [
    "People",
    [
      ["population.followers", "Followers", { ...whole, max: 10_000_000 }],
      ["population.blocked", "Blocked the account, in %", share],
      ["population.no_consent", "Withhold their profile, in %", share],
      ["population.gone", "Listed but gone, in %", share],
      [
        "multicast_unknown",
        "Multicast to an unknown ID",
        [
          ["accept", "accepted"],
          ["reject", "refused"],
        ],
      ],
    ],
  ],
  [
    "Answers",
    [
      ["latency.fixed_ms", "Every answer takes, in ms", span],
      ["latency.median_ms", "More in half of all cases, in ms", span],
      ["latency.p99_ms", "More in 1 of 100 cases, in ms", span],
      ["latency.profiles_per_second", "Profiles a second at most (0: no limit)", span],
      ["limits.enforce", "Refuse what is over the rate limit", "tick"],
      ["limits.burst_seconds", "Burst, in seconds' worth", span],
    ],
  ],
  [
    "Webhook",
    [
      ["webhook.redelivery.count", "Redeliveries at most", whole],
      ["webhook.redelivery.interval_seconds", "Seconds between them", span],
      ["webhook.batch_size", "Events in one request at most", { ...whole, min: 1 }],
      ["webhook.duplicate_rate", "Sent twice, in %", share],
      ["webhook.apply_seconds", "A new address takes effect after, in s", span],
    ],
  ],
  [
    "Follower list",
    [
      ["paging.short", "Short pages, in %", share],
      ["paging.empty", "Empty pages, in %", share],
      ["paging.repeat", "Pages that repeat an ID, in %", share],
    ],
  ],
];
const ROWS = GROUPS.flatMap(([, rows]) => rows);

const read = (object, path) => path.split(".").reduce((value, name) => value?.[name], object);

function write(object, path, value) {
  const names = path.split(".");
  const last = names.pop();
  const place = names.reduce((inner, name) => (inner[name] ??= {}), object);
  place[last] = value;
}

export class MoreSettings extends GuardedForm {
  constructor() {
    super({ class: "more-form" });
    this.root = h("details", { class: "more" }, h("summary", {}, t("More settings")), this.form);
  }

  parts(channel) {
    const groups = GROUPS.map(([title, rows]) =>
      h(
        "fieldset",
        {},
        h("legend", {}, t(title)),
        rows.map((row) => this.row(row, channel)),
      ),
    );
    return [...groups, h("div", { class: "buttons" }, h("button", { class: "primary" }, t("Save")))];
  }

  row([path, words, kind], channel) {
    const value = read(channel, path);
    if (kind === "tick") return tick(t(words), { name: path, checked: value });
    if (Array.isArray(kind))
      return choice(
        t(words),
        path,
        kind.map((one) => (Array.isArray(one) ? [one[0], t(one[1])] : [one, t(one)])),
        value,
      );
    return field(t(words), { name: path, ...kind, value: kind === share ? +(value * 100).toFixed(4) : value });
  }

  wish(data) {
    const wish = {};
    for (const [path, , kind] of ROWS) write(wish, path, this.value(kind, data.get(path)));
    return wish;
  }

  value(kind, text) {
    if (kind === "tick") return text === "yes";
    if (kind === share) return Number(text) / 100;
    return kind.type === "number" ? Number(text) : text;
  }
}
