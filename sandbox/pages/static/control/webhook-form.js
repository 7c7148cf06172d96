// Where an account's events go: the address, the two switches of LINE's console, and what is held back.

import { attempt, call, toast } from "../api.js";
import { h } from "../dom.js";
import { button, field } from "../fields.js";
import { number, t } from "../words.js";
import { GuardedForm } from "./guarded-form.js";

export class WebhookForm extends GuardedForm {
  constructor() {
    super({ class: "webhook-form" });
  }

  parts({ webhook, webhook_in_effect: inEffect, held, channel_id: id }) {
    const address = field(t("Webhook URL"), {
      name: "endpoint",
      type: "url",
      maxlength: 500,
      value: webhook.endpoint ?? "",
      placeholder: t("No address: nothing is sent"),
    });
    const switches = h(
      "div",
      { class: "switches" },
      this.toggle("active", t("Use webhook"), webhook.active, (on) => ({ active: on })),
      this.toggle("redelivery", t("Webhook redelivery"), webhook.redelivery.enabled, (on) => ({
        redelivery: { enabled: on },
      })),
      this.toggle("hold", t("Hold webhooks back"), webhook.hold, (on) => ({ hold: on })),
    );
    return [
      h("div", { class: "address" }, address, h("button", {}, t("Save"))),
      switches,
      webhook.endpoint !== inEffect ? h("p", { class: "warning" }, t("The new address is not in effect yet.")) : null,
      webhook.suspended
        ? h(
            "p",
            { class: "warning" },
            t("Sending was suspended after many failures."),
            " ",
            button(t("Resume"), () => this.save({ webhook: { suspended: false, failures_in_row: 0 } })),
          )
        : null,
      webhook.hold || held ? this.heldBack(id, held) : null,
    ].filter(Boolean);
  }

  wish(data) {
    return { webhook: { endpoint: data.get("endpoint").trim() || null } };
  }

  /** A switch that is saved as soon as it is moved. */
  toggle(name, label, on, change) {
    const input = h("input", { type: "checkbox", role: "switch", name, checked: on });
    input.addEventListener("input", (event) => event.stopPropagation());
    input.addEventListener("change", () => this.save({ webhook: change(input.checked) }));
    return h("label", { class: "tick" }, input, label);
  }

  heldBack(id, held) {
    const release = (order) => async () => {
      const answer = await attempt(() => call("POST", `/channels/${id}/webhooks/release`, { order }));
      if (answer) toast(t("{count} released.", { count: number(answer.webhooks.length) }));
    };
    return h(
      "div",
      { class: "buttons held" },
      h("span", {}, t("{count} held back", { count: number(held) })),
      button(t("Release in order"), release("kept")),
      button(t("Release backwards"), release("reversed")),
      button(t("Release shuffled"), release("shuffled")),
    );
  }
}
