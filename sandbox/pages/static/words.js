// The page's language: translated sentences, times and numbers.

const words = JSON.parse(document.getElementById("words").textContent);

export const language = document.documentElement.lang;

/** The sentence in the reader's language; `{name}` stands for a value. */
export function t(text, values = {}) {
  if (language !== "en" && !(text in words)) console.warn(`There is no translation of: ${text}`);
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const { timeZone } = document.documentElement.dataset;
const format = (options) => new Intl.DateTimeFormat(language, { timeZone, ...options });
const TIME = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const SECOND = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = format({ year: "numeric", month: "short", day: "numeric", weekday: "short" });
const MOMENT = format({ dateStyle: "medium", timeStyle: "medium" });
const NUMBER = new Intl.NumberFormat(language);
const BROAD = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

const date = (seconds) => new Date(seconds * 1000);

export const clockTime = (seconds) => TIME.format(date(seconds));
export const exactTime = (seconds) => SECOND.format(date(seconds));
export const dayOf = (seconds) => DAY.format(date(seconds));
export const moment = (seconds) => MOMENT.format(date(seconds));
export const number = (value) => NUMBER.format(value);
export const decimal = (value) => BROAD.format(value);

/** A <time> that shows the minute and tells the exact moment. */
export function timeElement(seconds, text = clockTime(seconds)) {
  const element = document.createElement("time");
  element.dateTime = date(seconds).toISOString();
  element.title = moment(seconds);
  element.textContent = text;
  return element;
}
