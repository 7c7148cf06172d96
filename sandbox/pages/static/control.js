// The control page: one stream of news, and a part of the page for each kind of it.

import { follow } from "./api.js";
import { Channels } from "./control/channels.js";
import { ClockCard } from "./control/clock.js";
import { MessageLog, WebhookLog } from "./control/deliveries.js";
import { FaultForm, FaultList } from "./control/faults.js";
import { Limits } from "./control/limits.js";
import { byId, h } from "./dom.js";
import { nameOrNone } from "./names.js";
import { t } from "./words.js";

const root = byId("control");
const chosen = byId("chosen-channel");

class ControlPage {
  constructor() {
    this.known = { channels: [] };
    this.parts = [
      new Channels(byId("channel-list"), byId("create-channel")),
      new ClockCard(byId("clock-card")),
      new FaultForm(byId("fault-form")),
      new FaultList(byId("fault-list"), this),
      new WebhookLog(byId("webhook-log"), this),
      new MessageLog(byId("message-log"), this),
      new Limits(byId("limit-table"), byId("reset-counters"), this),
    ];
    chosen.addEventListener("change", () => this.open());
    this.open();
  }

  /** Follow the news of the chosen account, or of all. */
  open() {
    this.source?.close();
    const query = new URLSearchParams({ channel_id: chosen.value });
    this.source = follow(
      `/_sandbox/live/control?${query}`,
      (news) => this.take(news),
      (lost) => this.showLost(lost),
    );
  }

  take(news) {
    Object.assign(this.known, news);
    if (news.channels) this.offerChannels(news.channels);
    for (const part of this.parts) part.take(news, this.known);
    root.dataset.ready = "yes";
  }

  offerChannels(channels) {
    const options = channels.map(({ channel_id: id, name }) =>
      h("option", { value: id, selected: id === chosen.value, dir: "auto" }, nameOrNone(name)),
    );
    chosen.replaceChildren(h("option", { value: "" }, t("Every account")), ...options);
  }

  get chosen() {
    return chosen.value;
  }

  channelName(id) {
    return this.known.channels.find((channel) => channel.channel_id === id)?.name ?? id;
  }

  showLost(lost) {
    root.classList.toggle("lost", lost);
    if (lost) root.dataset.lost = t("The line to the sandbox is cut. Trying again…");
  }
}

new ControlPage();
