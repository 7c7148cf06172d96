import { BaseController } from "#js/base_controller.js";
import { focusWithin } from "#js/focusable.js";
import { hasFields, toComplaint, toFirstControl, toFirstField, toHeading, toPart } from "#js/places.js";

const isPoll = (element) => (element?.getAttribute?.("hx-trigger") ?? "").includes("every ");
const isPlace = (element) => Boolean(element) && element !== document.body && !element.disabled;
// What an answer has drawn; one that names another target than its request does so by a selector.
const drawnAt = (target) => (typeof target === "string" ? document.querySelector(target) : document.getElementById(target?.id ?? ""));
const named = (element) => (element?.dataset?.next ?? "").split(" ").filter(Boolean);

// On <body>: where the focus goes when an answer replaces the part of the page that had it. In this order: the first
// wrong field or the complaint of a refused form, what the pressed control names in `data-next` (ids), its successor (the
// element with the same id), the first field of a form that was not there before, the part's heading, the part. A reader
// who has gone elsewhere before the answer came stays there. A form that closes its dialog leads to what it names in
// `data-next`, else back to what opened the dialog. A page or a part that comes with faults, marked
// `data-complains`, begins at the first one.
export default class extends BaseController {
  // How often the reader has acted.
  acts = 0;

  connect() {
    this.listen(document, "htmx:config:request", ({ detail }) => isPoll(detail.ctx.sourceElement) || this.remember(detail.ctx));
    this.listen(document, "htmx:before:swap", ({ detail }) => this.see(detail.ctx, detail.tasks ?? []));
    this.listen(document, "htmx:after:swap", ({ detail }) => this.restore(detail?.ctx ?? {}));
    for (const part of document.querySelectorAll("[data-complains]")) toComplaint(part);
    for (const kind of ["pointerdown", "keydown"]) this.listen(document, kind, () => { this.acts += 1; }, { capture: true });
  }

  remember(ctx) {
    const { sourceElement, request } = ctx;
    ctx.asked = { acts: this.acts, control: document.activeElement, next: [...named(request.submitter), ...named(sourceElement)] };
  }

  // What is about to be replaced, and whether the focus is in it. A control that is disabled while the answer is on its
  // way has lost it already.
  see(ctx, tasks) {
    const present = document.activeElement;
    const isOwn = this.#isOwn(ctx);
    const held = isPlace(present) || !isOwn ? present : ctx.asked.control;
    const task = isPlace(held) && tasks.find(({ target, swapSpec }) => swapSpec?.style !== "none" && target?.contains?.(held));
    ctx.seen = task && {
      id: task.target.id, parent: task.target.parentElement, before: task.target.previousElementSibling,
      focused: held.id, next: isOwn ? ctx.asked.next : [], hadFields: hasFields(task.target),
      // A page that asks by itself does not move below the reader.
      preventScroll: isPoll(ctx.sourceElement),
    };
  }

  restore(ctx) {
    const part = this.#isOwn(ctx) && drawnAt(ctx.target);
    if (part && (ctx.response?.status >= 400 || "complains" in part.dataset) && toComplaint(part)) return;
    if (part && ctx.sourceElement.closest("dialog:not([open])") && this.#isThere(ctx.asked.next)) return;
    if (ctx.seen && !isPlace(document.activeElement)) this.#follow(ctx.seen);
  }

  // Whether the reader has asked for this, and done nothing since.
  #isOwn({ asked }) {
    return asked?.acts === this.acts;
  }

  #isThere(ids, options) {
    return ids.some((id) => focusWithin(document.getElementById(id), options));
  }

  #follow({ id, parent, before, focused, next, hadFields, preventScroll }) {
    if (this.#isThere([...next, focused], { preventScroll })) return;
    const replaced = document.getElementById(id);
    const part = replaced ?? (before?.isConnected ? before.nextElementSibling : parent?.firstElementChild) ?? parent;
    const found = part?.isConnected ? part : document.getElementById("content");
    if (!found || (!hadFields && toFirstField(found)) || toHeading(found)) return;
    // What has no name is a line of a list, and one that is gone leaves the next.
    if (replaced || !toFirstControl(found)) toPart(found);
  }
}
