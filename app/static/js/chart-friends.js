// Draws the friends of an account over time. The numbers stand as JSON beside the canvas; a table below says the same.
(() => {
  const charts = new Map();
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  // A theme's colour may be a formula that only the browser can work out.
  const colour = (name) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const series = (label, values, name) => ({
    label,
    data: values,
    backgroundColor: colour(name),
    borderRadius: 2,
    maxBarThickness: 18,
  });

  const options = () => ({
    responsive: true,
    maintainAspectRatio: false,
    animation: still.matches ? false : { duration: 250 },
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { position: "bottom", labels: { color: colour("--tblr-body-color"), boxWidth: 12, boxHeight: 12 } },
      tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${numbers.format(item.parsed.y)}` } },
    },
    scales: {
      x: { grid: { display: false }, ticks: { color: colour("--tblr-secondary"), maxRotation: 0, autoSkipPadding: 16 } },
      y: {
        beginAtZero: true,
        suggestedMax: 4,
        grid: { color: colour("--tblr-border-color") },
        ticks: { color: colour("--tblr-secondary"), precision: 0, callback: (value) => numbers.format(value) },
      },
    },
  });

  const draw = (canvas) => {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    const given = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const datasets = [
      series(given.labels.added, given.added, "--tblr-primary"),
      series(given.labels.blocked, given.blocked, "--tblr-orange"),
    ];
    charts.get(canvas)?.destroy();
    charts.set(canvas, new Chart(canvas, { type: "bar", data: { labels: given.days, datasets }, options: options() }));
  };

  const refresh = () => {
    for (const [canvas, chart] of charts) {
      if (canvas.isConnected) continue;
      chart.destroy();
      charts.delete(canvas);
    }
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) if (!charts.has(canvas)) draw(canvas);
  };

  refresh();
  document.addEventListener("htmx:after:swap", refresh);
  // Colours are read when a chart is drawn, so a change between light and dark draws all of them again.
  const redraw = () => [...charts.keys()].forEach(draw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
