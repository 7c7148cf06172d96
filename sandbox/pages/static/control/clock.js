// The clock: what time it is in the sandbox, and pushing it forward.

import { attempt, call } from "../api.js";
import { h } from "../dom.js";
import { button } from "../fields.js";
import { moment, number, t } from "../words.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ["+1 minute", MINUTE],
  ["+10 minutes", 10 * MINUTE],
  ["+1 hour", HOUR],
  ["+1 day", DAY],
  ["+30 days", 30 * DAY],
];

export class ClockCard {
  constructor(root) {
    this.offset = 0;
    this.time = h("p", { class: "clock-time" });
    this.ahead = h("p", { class: "quiet" });
    const steps = STEPS.map(([words, seconds]) => button(t(words), () => this.advance(seconds), ""));
    root.replaceChildren(
      h("div", {}, this.time, this.ahead),
      h("div", {}, h("div", { class: "buttons" }, steps), this.form()),
      h(
        "p",
        { class: "hint" },
        t(
          "Tokens expire, reply tokens die, retry keys are forgotten and the month turns, as if so much time had passed. The clock only goes forward.",
        ),
      ),
      h(
        "p",
        { class: "hint" },
        t("Times are Japan's, as in the console's demo. The console's own clock stays at the real time: what happens here more than a day ahead of it is shown there at the moment when it arrives."),
      ),
    );
    setInterval(() => this.show(), 1000);
  }

  form() {
    const amount = h("input", {
      type: "number",
      min: 1,
      step: 1,
      value: 5,
      required: true,
      "aria-label": t("How many"),
    });
    const unit = h(
      "select",
      { "aria-label": t("Unit") },
      h("option", { value: MINUTE }, t("minutes")),
      h("option", { value: HOUR }, t("hours")),
      h("option", { value: DAY }, t("days")),
    );
    const submit = (event) => {
      event.preventDefault();
      this.advance(Number(amount.value) * Number(unit.value));
    };
    return h("form", { class: "advance", on: { submit } }, amount, unit, h("button", {}, t("Go forward")));
  }

  async advance(seconds) {
    await attempt(() => call("POST", "/clock", { advance_seconds: seconds }));
  }

  take({ clock }) {
    if (!clock) return;
    this.offset = clock.offset_seconds;
    this.show();
  }

  show() {
    this.time.textContent = moment(Date.now() / 1000 + this.offset);
    this.ahead.textContent = this.offset
      ? t("{span} ahead of the real time", { span: this.span() })
      : t("The same as the real time");
  }

  span() {
    const seconds = Math.round(this.offset);
    const parts = [
      ["{count} d", Math.floor(seconds / DAY)],
      ["{count} h", Math.floor((seconds % DAY) / HOUR)],
      ["{count} min", Math.floor((seconds % HOUR) / MINUTE)],
      ["{count} s", seconds % MINUTE],
    ];
    return parts
      .filter(([, count]) => count)
      .map(([words, count]) => t(words, { count: number(count) }))
      .join(" ");
  }
}
