import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import PhoneController from "#js/controllers/phone.js";
import { find, show } from "./page.js";

const PAGE = `<div data-controller="phone"><p id="piece" data-css='{"color": "red", "width": "40px"}'></p><p id="plain" style="color: blue"></p></div>`;

beforeEach(() => show(PAGE, { phone: PhoneController }));

test("pieces get the sizes and colours of the message, others stay", () => {
  assert.equal(find("#piece").style.getPropertyValue("color"), "red");
  assert.equal(find("#piece").style.getPropertyValue("width"), "40px");
  assert.equal(find("#plain").style.getPropertyValue("color"), "blue");
});
