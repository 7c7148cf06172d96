// The editor of conditions: after a button was pressed the controls hold what the server has drawn. A browser keeps what
// somebody chose in a control even where the drawing says otherwise, and would show it beside another condition.
// Requests about conditions wait for each other, and for saving: each speaks of the form as the one before has left it.
(() => {
  const BOX = "segment-conditions";
  const FORM = "segment-form";
  const controlsOf = (box) => box.querySelectorAll("input, select");
  let touched = new WeakSet();
  let asked = null;
  let next = [];

  const asDrawn = (control) => {
    if (control instanceof HTMLSelectElement) {
      for (const option of control.options) option.selected = option.defaultSelected;
    } else if (control.type === "checkbox") {
      control.checked = control.defaultChecked;
    } else if (control.type !== "search") {
      control.value = control.defaultValue;
    }
  };

  // htmx has read the form when the request was queued, and what was drawn meanwhile is not in it.
  const readAnew = ({ sourceElement, request }) => {
    const { form } = request;
    if (form?.id !== FORM || !form.isConnected) return;
    const pressed = sourceElement instanceof HTMLButtonElement ? sourceElement : request.submitter;
    request.body = new URLSearchParams(new FormData(form, pressed?.form === form ? pressed : null));
  };

  // Ids of the buttons, the best first, on which the keyboard goes on after a button: what was moved can be moved on,
  // and the button that took something away is gone with it.
  const nextTo = (pressed) => {
    const removed = /^do-remove-\w+-(\d+)/.exec(pressed);
    if (removed) return [`add-condition-${removed[1]}`, "add-group"];
    const moved = /^(do-\w+)-(up|down)-(.*?)(\d+)$/.exec(pressed);
    if (!moved) return [];
    const [, what, way, group, at] = moved;
    const place = group + (Number(at) + (way === "up" ? -1 : 1));
    return [way, way === "up" ? "down" : "up"].map((each) => `${what}-${each}-${place}`);
  };

  document.addEventListener("htmx:before:request", (event) => {
    readAnew(event.detail.ctx);
    if (event.detail.ctx.target?.id !== BOX) return;
    asked = event.detail.ctx;
    touched = new WeakSet();
    next = nextTo(asked.sourceElement.id);
  });

  // What is typed while the answer is on its way is newer than the answer.
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => touched.add(event.target), true);
  }

  // Before anybody else looks at the form, such as the guard of unsaved changes.
  document.addEventListener("htmx:after:swap", (event) => {
    const box = document.getElementById(BOX);
    const ctx = event.detail.ctx;
    // An answer that another one follows is not the last word.
    if (!box || ctx !== asked) return;
    for (const control of controlsOf(box)) if (!touched.has(control)) asDrawn(control);
    // Whoever went elsewhere meanwhile stays there.
    const present = document.activeElement;
    if (present && present !== document.body && present !== ctx.sourceElement) return;
    next.map((id) => document.getElementById(id)).find((button) => button && !button.disabled)?.focus();
  }, true);

  // Why it was not saved stands at the top, while the button that saves may be far below.
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target?.id !== FORM) return;
    document.querySelector(`#${FORM} > .alert`)?.scrollIntoView({ block: "center" });
  });
})();
