import { BaseController } from "#js/base_controller.js";
import { focusPlace, placeOf, trailOf } from "#js/flow_places.js";

const FIELD = "input:not([type=hidden]), select, textarea";

// What has to be corrected: a field, or several of which one is to be filled in.
const WRONG = "[aria-invalid=true], .is-invalid";

const isShown = (element) => element.checkVisibility?.() ?? true;

// Around the flow of a workflow and the panel beside it: which step is open, and where the focus goes when a form closes
// or the step that had it is gone: to the step, or the nearest place above it that is still there.
export default class extends BaseController {
  static targets = ["canvas", "panel", "flow"];

  connect() {
    this.center();
    this.listen(document, "htmx:before:swap", () => this.remember());
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
    if (open && !card && ctx?.sourceElement?.id !== "workflow-watch" && !this.#isUnsaved) return this.#leave(this.#remaining);
    if (this.#isLost && !this.panelTarget.contains(document.activeElement)) focusPlace(this.#remaining);
    for (const one of this.canvasTarget.querySelectorAll(".workflow-card")) one.classList.toggle("is-open", one === card);
    const isNew = open !== this.shown;
    // A link leads into a form that stands open already, too.
    const isAsked = isNew || (ctx?.target === this.panelTarget && ctx.sourceElement?.matches("a"));
    if (card && isAsked) {
      this.panelTarget.scrollTop = 0;
      // What keys have pasted is not typed into yet: the next key may take it back.
      if (ctx?.sourceElement?.id === "flow-command") focusPlace(card);
      else this.#begin();
      card.scrollIntoView({ block: "nearest", inline: "center" });
    }
    this.shown = open;
    // After a change of the flow, the form and where its exits lead may be otherwise.
    if (card && !isNew && ctx?.target?.id === "workflow-steps" && ctx.sourceElement?.id !== "workflow-watch" && !this.#isUnsaved) {
      window.htmx.ajax("GET", document.getElementById(`open-${open}`).href, { target: "#workflow-panel", swap: "innerMorph" });
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
    this.#leave(document.getElementById(`node-${this.open}`) ?? this.#remaining);
  }

  press(event) {
    if (event.defaultPrevented || event.key !== "Escape" || !this.open || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    document.getElementById("close-panel").click();
  }

  // Where the reader is, or the step whose form they are in, and what stands above it.
  remember() {
    const canvas = this.canvasTarget;
    const places = [placeOf(document.activeElement), document.getElementById(`node-${this.open}`)];
    this.trail = trailOf(canvas, places.find((one) => canvas.contains(one)));
  }

  // Whether the form holds what the server has not kept.
  get #isUnsaved() {
    return Boolean(this.panelTarget.querySelector("form[data-unsaved]"));
  }

  get #isLost() {
    return this.trail?.length > 0 && !document.getElementById(this.trail[0]);
  }

  // The place, or the nearest above it that is still there.
  get #remaining() {
    return [...(this.trail ?? []), "node-start"].map((id) => document.getElementById(id)).find(Boolean);
  }

  #leave(place) {
    this.panelTarget.replaceChildren();
    this.show();
    focusPlace(place);
    const shown = new URLSearchParams(location.search).get("figures");
    history.replaceState(history.state, "", `${this.element.dataset.url}${shown ? `?figures=${shown}` : ""}#${place.id}`);
  }

  // What is typed into a preview says nothing of the step.
  #begin() {
    const wrong = this.panelTarget.querySelector(WRONG);
    const fields = [...(wrong?.matches(FIELD) ? [wrong] : (wrong ?? this.panelTarget).querySelectorAll(FIELD))];
    const field = fields.find((one) => isShown(one) && !one.closest("aside:not(.builder-panel)"));
    (field ?? document.getElementById("panel-title"))?.focus();
  }
}
