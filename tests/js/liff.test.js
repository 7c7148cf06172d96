import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { settle, show } from "./page.js";

const TARGET = "https://shop.example/spring";
const PAGE = `<a id="visit" href="${TARGET}" data-liff-id="1-a" data-sdk="https://line.example/sdk.js" data-tell="/liff/c/t" data-nonce="n">Continue</a>`;
let runs = 0;

// Opens the page with what LINE's script offers; returns where it went and what it handed in.
async function open(liff, { fails = false } = {}) {
  const settings = { disableJavaScriptFileLoading: true, handleDisabledFileLoadingAsSuccess: !fails };
  const page = await show(PAGE, {}, { settings });
  const left = [];
  const told = [];
  page.liff = liff;
  page.location.replace = (address) => left.push(address);
  navigator.sendBeacon = (address, body) => told.push([address, body]);
  await import(new URL(`../../app/static/js/liff.js?run=${(runs += 1)}`, import.meta.url));
  await settle();
  return { left, told };
}

const known = (more = {}) => ({
  init: async () => {},
  isLoggedIn: () => true,
  getIDToken: () => "a.b.c",
  getDecodedIDToken: () => ({ exp: Date.now() / 1000 + 60 }),
  ...more,
});

test("the token is handed in and the page left, once", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { left, told } = await open(known());
  mock.timers.tick(10_000);
  mock.timers.reset();
  assert.deepEqual(told, [["/liff/c/t", "a.b.c"]]);
  assert.deepEqual(left, [TARGET]);
});

test("outside of LINE, and where LINE gives no token, nothing is told", async () => {
  for (const liff of [known({ isLoggedIn: () => false }), known({ getIDToken: () => null })]) {
    const { left, told } = await open(liff);
    assert.deepEqual([left, told], [[TARGET], []]);
  }
});

test("a token that has run out is let go, so that LINE fetches another one", async () => {
  const gone = [];
  const { left, told } = await open(known({ getDecodedIDToken: () => ({ exp: 1 }), logout: () => gone.push(1) }));
  assert.deepEqual([left, told, gone], [[TARGET], [], [1]]);
});

test("whatever fails leads on at once", async () => {
  const refusing = known({ init: async () => Promise.reject(new Error("INIT_FAILED")) });
  for (const [liff, options] of [[refusing, {}], [undefined, {}], [known(), { fails: true }]]) {
    const { left, told } = await open(liff, options);
    assert.deepEqual([left, told], [[TARGET], []]);
  }
});

test("a script that never ends is waited for four seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { left } = await open(known({ init: () => new Promise(() => {}) }));
  mock.timers.tick(3_999);
  assert.deepEqual(left, []);
  mock.timers.tick(1);
  mock.timers.reset();
  assert.deepEqual(left, [TARGET]);
});
