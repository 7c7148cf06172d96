import assert from "node:assert/strict";
import { test } from "node:test";
import PreviewController from "#js/controllers/preview.js";
import { find, fire, show } from "./page.js";

const PAGE = `<aside data-controller="preview" data-action="htmx:before:request->preview#begin htmx:finally:request->preview#end">
  <span id="asks" data-preview-target="asks"></span><span id="other"></span></aside>`;
const isOld = () => find("aside").hasAttribute("data-awaited");
const tell = (kind, ctx) => fire(ctx.sourceElement, `htmx:${kind}`, { detail: { ctx } });

test("it says that it is old while the answer is late, and no more when it is there", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await show(PAGE, { preview: PreviewController });
  const ctx = { sourceElement: find("#asks"), response: { status: 200 } };
  tell("before:request", ctx);
  assert.equal(isOld(), false);
  context.mock.timers.tick(500);
  assert.equal(isOld(), true);
  tell("finally:request", ctx);
  assert.equal(isOld(), false);
});

test("a failed answer leaves it old; that of an earlier question or another request says nothing", async () => {
  await show(PAGE, { preview: PreviewController });
  const first = { sourceElement: find("#asks"), response: { status: 500 } };
  const second = { sourceElement: find("#asks"), response: { status: 500 } };
  tell("before:request", first);
  tell("before:request", second);
  tell("finally:request", first);
  tell("finally:request", { sourceElement: find("#other"), response: { status: 500 } });
  assert.equal(isOld(), false);
  tell("finally:request", second);
  assert.equal(isOld(), true);
});
