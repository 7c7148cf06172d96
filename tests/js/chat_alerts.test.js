import assert from "node:assert/strict";
import { test } from "node:test";
import { allow, tell } from "#js/chat_alerts.js";
import { find, show } from "./page.js";

const line = (talk, message) => `<li data-talk="${talk}" data-message="${message}" data-name="Hana" data-url="/chat/${talk}">Hello</li>`;

// Shows lines in a browser that allows notifications, or not; returns what it was asked to show and to sound.
async function open(lines, { permission = "granted" } = {}) {
  const done = { shown: [], tones: 0 };
  await show(`<ul>${lines}</ul>`, {});
  window.Notification = class {
    static permission = permission;
    static requestPermission = async () => permission;
    constructor(name, { body }) { done.shown.push([name, body]); }
  };
  const tone = () => ({ frequency: {}, gain: {}, connect: (next) => next, start: () => { done.tones += 1; }, stop() {} });
  window.AudioContext = class {
    currentTime = 0;
    createOscillator = tone;
    createGain = tone;
    close() {}
  };
  return { done, lines: [...find("ul").children] };
}

test("a message is told once, by the browser and by a sound", async () => {
  const { done, lines } = await open(line(1, 10));
  tell(lines, { notifies: true, rings: true });
  tell(lines, { notifies: true, rings: true });
  assert.deepEqual([done.shown, done.tones], [[["Hana", "Hello"]], 2]);
});

test("each way is used only where it is switched on", async () => {
  const { done, lines } = await open(line(2, 10));
  tell(lines, { notifies: false, rings: true });
  assert.deepEqual([done.shown.length, done.tones], [0, 2]);
});

test("the conversation that is looked at is told of by no sound", async () => {
  const { done, lines } = await open(line(3, 10));
  tell(lines, { notifies: true, rings: true, open: "3" });
  assert.deepEqual([done.shown.length, done.tones], [0, 0]);
});

test("a browser that allows none says so", async () => {
  await open("", { permission: "denied" });
  assert.equal(await allow(), false);
});
