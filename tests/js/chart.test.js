import assert from "node:assert/strict";
import { test } from "node:test";
import ChartController from "#js/controllers/chart.js";
import ThemeController from "#js/controllers/theme.js";
import { find, settle, show } from "./page.js";

const DATA = { at: ["1 May", "2 May"], series: [{ label: "Added", values: [3, 1] }, { label: "Blocked", values: [0, 1] }] };
const PAGE = `<div id="place"></div><script type="application/json" id="d">${JSON.stringify(DATA)}</script>`;

const VISIBLE = class {
  constructor(report) { this.report = report; }

  observe() { this.report([{ isIntersecting: true }]); }

  disconnect() {}
};

test("it draws both series, again when the theme changes, and ends with its canvas", async () => {
  const window = await show(PAGE, { chart: ChartController });
  const drawn = [];
  window.IntersectionObserver = globalThis.IntersectionObserver = VISIBLE;
  window.Chart = class {
    static defaults = { font: {} };

    constructor(_canvas, { data }) { drawn.push(data); this.data = data; }

    destroy() { drawn.push("destroyed"); }
  };
  find("#place").innerHTML = '<canvas data-controller="chart" data-chart-data-value="d"></canvas>';
  await settle();
  assert.deepEqual(drawn[0].labels, DATA.at);
  assert.deepEqual(drawn[0].datasets.map(({ label, data }) => [label, data]), [["Added", [3, 1]], ["Blocked", [0, 1]]]);
  document.documentElement.dataset.bsTheme = "dark";
  await settle();
  assert.equal(drawn.length, 3);
  find("canvas").remove();
  await settle();
  assert.deepEqual(drawn.slice(3), ["destroyed"]);
});

test("charts that stand side by side reach up to the same number", async () => {
  const drawn = [];
  await show(PAGE, { chart: ChartController });
  window.IntersectionObserver = globalThis.IntersectionObserver = VISIBLE;
  window.Chart = class {
    static defaults = { font: {} };

    constructor(_canvas, { options }) { drawn.push(options.scales.y.suggestedMax); }

    destroy() {}
  };
  const data = JSON.stringify({ ...DATA, most: 90 });
  find("#place").innerHTML = `<script type="application/json" id="most">${data}</script>
    <canvas data-controller="chart" data-chart-data-value="most"></canvas><canvas data-controller="chart" data-chart-data-value="d"></canvas>`;
  await settle();
  assert.deepEqual(drawn, [90, 4]);
});

test("the page follows the system only while the member has chosen neither", async () => {
  await show('<p id="chosen" data-theme="light" data-bs-theme="light" data-controller="theme"></p>', {});
  const changes = [];
  const dark = { matches: true, addEventListener: (_kind, listener) => changes.push(listener) };
  await show("", { theme: ThemeController });
  window.matchMedia = () => dark;
  document.body.innerHTML = `<p id="chosen" data-theme="light" data-bs-theme="light" data-controller="theme"></p>
    <p id="system" data-theme="system" data-bs-theme="light" data-controller="theme"></p>`;
  await settle();
  assert.equal(find("#chosen").dataset.bsTheme, "light");
  assert.equal(find("#system").dataset.bsTheme, "dark");
  dark.matches = false;
  changes.forEach((listener) => listener());
  assert.equal(find("#system").dataset.bsTheme, "light");
});
