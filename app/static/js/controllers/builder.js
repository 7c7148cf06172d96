import { BaseController } from "#js/base_controller.js";

const FIELD = "input:not([type=hidden]), select, textarea";
// Which way each arrow leads, on the page.
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const isShown = (element) => element.checkVisibility?.() ?? true;
// How far a box lies from another one in a direction, edge to edge, and by how much it is aside; nothing behind it.
const distance = (from, to, [right, down]) => {
  const ahead = right > 0 ? to.left - from.right : right < 0 ? from.left - to.right : down > 0 ? to.top - from.bottom : from.top - to.bottom;
  const aside = right ? Math.abs(to.top + to.bottom - from.top - from.bottom) : Math.abs(to.left + to.right - from.left - from.right) / 4;
  return ahead < 0 ? Infinity : ahead + aside;
};

// Around the flow of a workflow and the panel beside it: which step is open, where the keyboard goes on, and the keys:
// arrows walk the flow, Enter opens, + adds, Delete deletes, Ctrl+Z and Ctrl+Y go back and forth. All have buttons too.
export default class extends BaseController {
  static targets = ["canvas", "panel", "flow"];

  connect() {
    this.center();
    this.listen(document, "htmx:after:swap", ({ detail }) => this.show(detail?.ctx));
    this.listen(document, "keydown", (event) => this.press(event));
  }

  // The step whose form stands in the panel.
  get open() {
    return this.panelTarget.querySelector("[data-step]")?.dataset.step;
  }

  // A wide flow begins with its middle, where the Start node stands.
  center() {
    const canvas = this.canvasTarget;
    this.width = canvas.clientWidth;
    canvas.scrollLeft = (canvas.scrollWidth - canvas.clientWidth) / 2;
  }

  show(ctx) {
    const { open } = this;
    this.#keepMiddle();
    const card = open && document.getElementById(`node-${open}`);
    // What is typed stays when another member has deleted the step.
    if (open && !card && ctx?.sourceElement?.id !== "workflow-watch") return this.#leave("start");
    for (const one of this.canvasTarget.querySelectorAll(".workflow-card")) one.classList.toggle("is-open", one === card);
    const isNew = open !== this.shown;
    if (card && isNew) {
      this.panelTarget.scrollTop = 0;
      this.#begin();
      card.scrollIntoView({ block: "nearest", inline: "center" });
    }
    this.shown = open;
    // After a change of the flow, the form and where its exits lead may be otherwise.
    if (card && !isNew && ctx?.target?.id === "workflow-steps" && ctx.sourceElement?.id !== "workflow-watch") {
      window.htmx.ajax("GET", document.getElementById(`open-${open}`).href, { target: "#workflow-panel", swap: "innerHTML" });
    }
  }

  // Beside the panel the canvas is narrower, and what stood in its middle stays there.
  #keepMiddle() {
    const { clientWidth } = this.canvasTarget;
    this.canvasTarget.scrollLeft += (this.width - clientWidth) / 2;
    this.width = clientWidth;
  }

  close(event) {
    event?.preventDefault();
    this.#leave(this.open);
  }

  press(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const card = event.target.closest?.(".workflow-card");
    if (event.key === "Escape" && this.open) this.#do(event, () => this.close());
    else if ((event.ctrlKey || event.metaKey) && !event.altKey) this.#travel(event);
    else if (card && !event.altKey) this.#onCard(event, card);
  }

  // In a field these keys speak of what is typed there.
  #travel(event) {
    if (event.target.matches?.(`${FIELD}, [contenteditable]`)) return;
    const key = event.key.toLowerCase();
    const way = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" && "undo";
    if (way) this.#do(event, () => document.getElementById(way)?.click());
  }

  #onCard(event, card) {
    const id = card.id.replace(/^node-/, "");
    if (event.key in ARROWS) this.#do(event, () => this.#walk(card, ARROWS[event.key]));
    if (event.key === "+") this.#do(event, () => this.canvasTarget.querySelector(`[id^="add-${id === "start" ? "trigger" : id}-"]`)?.click());
    if (event.key === "Delete" && card.dataset.removal) {
      this.#do(event, () => window.htmx.ajax("GET", card.dataset.removal, { source: card, target: "#drawer-body", swap: "innerHTML" }));
    }
  }

  #do(event, act) {
    event.preventDefault();
    act();
  }

  // To the nearest card in a direction: up and down by rows, left and right within the row.
  #walk(from, way) {
    const here = from.getBoundingClientRect();
    let [nearest, least] = [null, Infinity];
    for (const card of this.canvasTarget.querySelectorAll(".workflow-card")) {
      const far = isShown(card) ? distance(here, card.getBoundingClientRect(), way) : Infinity;
      if (card !== from && far < least) [nearest, least] = [card, far];
    }
    (nearest?.querySelector("a") ?? nearest)?.focus();
  }

  #leave(id) {
    this.panelTarget.replaceChildren();
    this.show();
    document.getElementById(`open-${id}`)?.focus();
    const shown = new URLSearchParams(location.search).get("figures");
    history.replaceState(history.state, "", `${this.element.dataset.url}${shown ? `?figures=${shown}` : ""}#node-${id}`);
  }

  // What is typed into a preview says nothing of the step.
  #begin() {
    const field = [...this.panelTarget.querySelectorAll(FIELD)].find((one) => isShown(one) && !one.closest("aside:not(.builder-panel)"));
    (field ?? document.getElementById("panel-title"))?.focus();
  }
}
