import { BaseController } from "#js/base_controller.js";
import { focusWithin } from "#js/focusable.js";
import { hasFields, toComplaint, toFirstControl, toFirstField, toHeading, toPart } from "#js/places.js";

const isPoll = (element) => (element?.getAttribute?.("hx-trigger") ?? "").includes("every ");
const isPlace = (element) => Boolean(element) && element !== document.body;
const named = (element) => (element?.dataset?.next ?? "").split(" ").filter(Boolean);

// On <body>: where the focus goes when an answer replaces the part of the page that had it. In this order: the first
// wrong field or the complaint of a refused form, what the pressed control names in `data-next` (ids), its successor (the
// element with the same id), the first field of a form that was not there before, the part's heading, the part. A reader
// who has gone elsewhere before the answer came stays there.
export default class extends BaseController {
  connect() {
    this.listen(document, "htmx:config:request", ({ detail }) => isPoll(detail.ctx.sourceElement) || this.remember(detail.ctx));
    this.listen(document, "htmx:before:swap", ({ detail }) => this.see(detail.ctx, detail.tasks ?? []));
    this.listen(document, "htmx:after:swap", ({ detail }) => this.restore(detail?.ctx ?? {}));
    for (const kind of ["pointerdown", "keydown"]) this.listen(document, kind, () => { this.hasActed = true; }, { capture: true });
  }

  remember({ sourceElement, request }) {
    this.hasActed = false;
    const present = document.activeElement;
    if (isPlace(present)) this.pressed = { control: present, next: [...named(request.submitter), ...named(sourceElement)] };
  }

  // What is about to be replaced, and whether the focus is in it. A control that is disabled while the answer is on its
  // way has lost it already.
  see(ctx, tasks) {
    const present = document.activeElement;
    const held = isPlace(present) || this.hasActed ? present : this.pressed?.control;
    const task = tasks.find(({ target, swapSpec }) => swapSpec?.style !== "none" && target?.contains?.(held) && isPlace(held));
    ctx.seen = task && {
      id: task.target.id, parent: task.target.parentElement, before: task.target.previousElementSibling,
      focused: held.id, next: this.pressed?.control === held ? this.pressed.next : [], hadFields: hasFields(task.target),
    };
  }

  restore(ctx) {
    const isLost = !isPlace(document.activeElement);
    const refused = ctx.response?.status >= 400 && !this.hasActed && document.getElementById(ctx.target?.id ?? "");
    if (refused && toComplaint(refused)) return;
    if (isLost && ctx.seen) this.#follow(ctx.seen);
  }

  #follow({ id, parent, before, focused, next, hadFields }) {
    if ([...next, focused].some((one) => focusWithin(document.getElementById(one)))) return;
    const replaced = document.getElementById(id);
    const part = replaced ?? (before?.isConnected ? before.nextElementSibling : parent?.firstElementChild) ?? parent;
    const found = part?.isConnected ? part : document.getElementById("content");
    if (!found || (!hadFields && toFirstField(found)) || toHeading(found)) return;
    // What has no name is a line of a list, and one that is gone leaves the next.
    if (replaced || !toFirstControl(found)) toPart(found);
  }
}
