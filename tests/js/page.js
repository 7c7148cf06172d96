// A page in a DOM without a browser, with the controllers of the program running on it.
import { after } from "node:test";
import { Application } from "@hotwired/stimulus";
import { Window } from "happy-dom";

// What the modules under test find as globals. Timers stay Node's, so that tests can move them.
const OURS = [
  "AbortController", "CustomEvent", "DOMParser", "Element", "Event", "File", "FormData", "HTMLButtonElement",
  "HTMLElement", "HTMLFormElement", "HTMLInputElement", "HTMLSelectElement", "KeyboardEvent", "MouseEvent",
  "MutationObserver", "Node",
  "document", "getComputedStyle", "location", "navigator",
];
let application = null;

// Node waits for timers that no test waits for, such as one that checks again after half a minute.
const begun = [];
for (const name of ["setTimeout", "setInterval"]) {
  const begin = globalThis[name];
  globalThis[name] = (...given) => begun[begun.push(begin(...given)) - 1];
}
after(() => begun.forEach((timer) => clearTimeout(timer)));

// Shows the HTML and waits until its controllers are connected; called again, it replaces the page.
export async function show(html, controllers, settings = {}) {
  application?.stop();
  const window = new Window({ url: "http://localhost/page", ...settings });
  Object.defineProperty(globalThis, "window", { value: window, configurable: true, writable: true });
  for (const name of OURS) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  window.document.documentElement.lang = "en";
  window.document.body.innerHTML = html;
  application = new Application(window.document.documentElement);
  application.handleError = (error) => { throw error; };
  for (const [identifier, controller] of Object.entries(controllers)) application.register(identifier, controller);
  await application.start();
  await settle();
  return window;
}

// Lets everything happen that is due: mutations are observed, controllers connected.
export async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
}

export const find = (selector) => document.querySelector(selector);

export const fire = (target, kind, init = {}) => {
  const event = new window.CustomEvent(kind, { bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
};

export const press = (target, key, init = {}) => {
  const event = new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
};

// As htmx tells what it does: the events' detail holds the context of the request.
export const htmx = (kind, ctx, target = ctx.sourceElement) =>
  fire(target, `htmx:${kind}`, { detail: { ctx: { request: { headers: {} }, ...ctx } } });
