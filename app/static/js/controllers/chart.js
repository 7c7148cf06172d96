import { Controller } from "@hotwired/stimulus";

// A theme's colour may be a formula that only the browser can work out.
const colour = (name) => {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

// How far below the window a chart may be and still be drawn.
const NEAR = "200px";
const COLOURS = ["--tblr-primary", "--tblr-orange"];

const series = (label, values, name) => ({
  label,
  data: values,
  backgroundColor: colour(name),
  borderRadius: 2,
  maxBarThickness: 18,
});

const options = (most = 0, title = "") => {
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: isStill ? false : { duration: 250 },
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { position: "bottom", labels: { color: colour("--tblr-body-color"), boxWidth: 12, boxHeight: 12 } },
      tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${numbers.format(item.parsed.y)}` } },
    },
    scales: {
      x: {
        grid: { display: false },
        ticks: { color: colour("--tblr-secondary"), maxRotation: 0, autoSkipPadding: 16 },
        title: { display: title !== "", text: title, color: colour("--tblr-secondary") },
      },
      y: {
        beginAtZero: true,
        suggestedMax: Math.max(4, most),
        grid: { color: colour("--tblr-border-color") },
        ticks: { color: colour("--tblr-secondary"), precision: 0, callback: (value) => numbers.format(value) },
      },
    },
  };
};

// On <canvas>: draws series over time from JSON, {at: [label], title, series: [{label, values, colour}]}, in the element
// named by `data`; `title` is that of the axis, `colour` a place among COLOURS, both may be left out. A table on the page says the same. Charts that stand side by side give the same `most`, so that all reach up to it.
export default class extends Controller {
  static values = { data: String };

  connect() {
    // Colours are read when a chart is drawn, so a change between light and dark draws it again.
    this.themes = new MutationObserver(() => this.draw());
    this.seen = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.begin(), { rootMargin: NEAR });
    this.seen.observe(this.element);
  }

  // The package is fetched when the first chart of a page comes near, since most members read the numbers above it.
  async begin() {
    this.seen.disconnect();
    this.package = window.Chart ?? (await import("chart.js")).Chart;
    if (!this.element.isConnected) return;
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
    this.draw();
  }

  disconnect() {
    this.seen.disconnect();
    this.themes.disconnect();
    this.chart?.destroy();
  }

  draw() {
    const { package: Chart } = this;
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    const given = JSON.parse(document.getElementById(this.dataValue).textContent);
    const datasets = given.series.map(({ label, values, colour: own }, place) => series(label, values, COLOURS[own ?? place]));
    this.chart?.destroy();
    this.chart = new Chart(this.element, { type: "bar", data: { labels: given.at, datasets }, options: options(given.most, given.title) });
  }
}
