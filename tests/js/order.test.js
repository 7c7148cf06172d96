import assert from "node:assert/strict";
import { test } from "node:test";
import OrderController from "#js/controllers/order.js";
import { find, fire, show } from "./page.js";

const item = (name) => `<li data-order-target="item" data-name="${name}"><input type="checkbox" name="column" value="${name}">
  <button id="up-${name}" data-action="order#move" data-order-by-param="-1"></button><button id="down-${name}" data-action="order#move" data-order-by-param="1"></button></li>`;
const PAGE = `<div data-controller="order" data-order-said-value="{name}: place {place}"><ul>${["a", "b", "c"].map(item).join("")}</ul><p data-order-target="said"></p></div>`;
const order = () => [...document.querySelectorAll("input")].map(({ value }) => value).join("");

test("an item moves by one place, its button keeps the focus, and its place is said", async () => {
  await show(PAGE, { order: OrderController });
  find("#up-c").focus();
  fire(find("#up-c"), "click");
  assert.deepEqual([order(), document.activeElement.id, find("p").textContent], ["acb", "up-c", "c: place 2"]);
  fire(find("#down-a"), "click");
  assert.deepEqual([order(), find("p").textContent], ["cab", "a: place 2"]);
});

test("the first and the last item stay where they are", async () => {
  await show(PAGE, { order: OrderController });
  fire(find("#up-a"), "click");
  fire(find("#down-c"), "click");
  assert.deepEqual([order(), find("p").textContent], ["abc", ""]);
});
