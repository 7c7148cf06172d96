import { Controller } from "@hotwired/stimulus";
import { csrfToken, freshen } from "#js/csrf.js";
import { isAsked, settle } from "#js/searches.js";
import { sentenceOf, toast } from "#js/toast.js";
import { holdsTyped } from "#js/typed.js";

const asksOnAndOn = (element) => (element?.getAttribute?.("hx-trigger") ?? "").includes("every ");
// Elements that ask again by themselves do nothing else with htmx.
const isPoll = (element) => asksOnAndOn(element) || (element?.hasAttribute?.("data-by-itself") ?? false);
// What a person sends, unlike a preview that follows.
const isForm = ({ request, sourceElement }) =>
  request.method !== "GET" && sourceElement.matches("form, button, select, input, textarea") && !sourceElement.closest("[role=search]");
// Troubles of a moment, after which the same request may go through.
const isPassing = (status) => status === 429 || status >= 500;

// Sends the request once more, with the form as it is now.
const sendAgain = ({ request, sourceElement, sourceEvent }) =>
  sourceElement.isConnected && window.htmx.ajax(request.method, request.action, { source: sourceElement, event: sourceEvent });

// On <body>: every htmx request carries the CSRF token. What was typed outlives each answer that it could not be saved
// with: the page keeps it, and controllers/unsent.js says what to do.
export default class extends Controller {
  static values = { lost: String, strange: String };

  renewed = new WeakSet();

  // What a poll has told already.
  told = "";

  addToken(event) {
    const { request, sourceElement } = event.detail.ctx;
    // A page that is not looked at waits with its next question.
    if ((document.hidden && asksOnAndOn(sourceElement)) || isAsked(event.detail.ctx)) event.preventDefault();
    request.headers["X-CSRFToken"] = csrfToken();
    if (isPoll(sourceElement)) request.headers["X-Poll"] = "true";
  }

  finish({ detail }) {
    settle(detail.ctx);
  }

  refuse(event) {
    const { ctx } = event.detail;
    const { headers, status } = ctx.response;
    // What a proxy or the web server says by itself, or the sign-in page of a network, is no part of this page.
    if (!headers.get("X-Tomoru")) this.#keep(event, "strange", this.strangeValue.replace("{status}", status));
    else if (headers.get("X-Unsent")) this.#unsent(event, headers.get("X-Unsent"));
    else if (isForm(ctx) && isPassing(status) && ctx.hx?.reswap === "none") this.#keep(event, "failed", sentenceOf(ctx.hx.trigger));
  }

  // A poll tries again by itself; only what a person started deserves a message.
  tell({ target, detail }) {
    if (!isPoll(target)) this.#say("lost", this.lostValue, detail?.ctx);
  }

  #unsent(event, reason) {
    const { ctx } = event.detail;
    if (reason === "stale") this.#renew(event);
    else if (reason === "old") this.#ask(event);
    else if (reason === "other-member" || holdsTyped()) this.#keep(event, reason);
    // Nothing is lost on the way to where the answer leads.
    else if (ctx.hx) delete ctx.hx.trigger;
  }

  // A page of the same member's earlier session gets a token of the present one, and sends once more; never twice, since
  // a browser without cookies has no session to be of.
  #renew(event) {
    const { ctx } = event.detail;
    const { sourceEvent } = ctx;
    if (this.renewed.has(sourceEvent)) return;
    this.renewed.add(sourceEvent);
    this.#drop(event);
    freshen(ctx.response.headers.get("X-CSRFToken"));
    // Once this request has ended everywhere.
    setTimeout(() => sendAgain(ctx));
  }

  // A page from before the keys were changed may have been printed for another member, so a person sends it again.
  #ask(event) {
    freshen(event.detail.ctx.response.headers.get("X-CSRFToken"));
    this.#keep(event, "old");
  }

  // The page stays as it is.
  #keep(event, reason, sentence) {
    const { ctx } = event.detail;
    this.#drop(event);
    const isRepeated = isPoll(ctx.sourceElement) && (Boolean(sentence) || this.told === reason);
    this.told = isPoll(ctx.sourceElement) ? reason : "";
    if (!isRepeated) this.#say(reason, sentence, ctx);
  }

  #drop(event) {
    const { ctx } = event.detail;
    event.preventDefault();
    for (const name of ["redirect", "trigger"]) if (ctx.hx) delete ctx.hx[name];
  }

  // A sentence about what is no form is a short message.
  #say(reason, sentence, ctx) {
    const follows = !(ctx?.request && isForm(ctx));
    if (sentence && follows) toast("error", sentence);
    else this.dispatch("unsent", { target: document, prefix: "", detail: { reason, sentence, follows, again: () => sendAgain(ctx) } });
  }
}
