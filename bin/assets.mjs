// Puts the browser's files in place below app/static: copies what the packages bring, bundles the parts of Chart.js that
// the charts need, trims Tabler's style sheet to the classes that are used, and writes a .br and a .gz beside every file that is sent as text. The same sources give the
// same bytes. `node bin/assets.mjs`, after `npm ci`; bin/_assets.py calls it when something has changed.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";

const ROOT = path.dirname(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname));
const STATIC = path.join(ROOT, "app", "static");
const VENDOR = path.join(STATIC, "vendor");
const FILES = {
  "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  // Puts elements into a list in order, or in the place of those with the same id.
  "hx-upsert.min.js": "htmx.org/dist/ext/hx-upsert.min.js",
  // All outline icons in one file, which the program reads; see `icon` in app/core/templating.py.
  "icons.json": "@tabler/icons/tabler-nodes-outline.json",
};

// Classes that no source spells out: those that a template puts together.
const COMPOSED = [
  /^(bg|text)-(green|red|yellow|blue|orange|secondary)(-lt)?$/,
  /^avatar-(xs|sm|md|lg|xl)$/,
];
const SOURCES = ["app/templates/**/*.html", "app/static/js/**/*.js", "app/**/*.py"];
// Developer tools would ask for these maps, and they are not copied.
const MAP_COMMENT = /\n?(?:\/\/|\/\*)# sourceMappingURL=\S+?(?:\s*\*\/)?\s*$/;

async function copy() {
  await mkdir(VENDOR, { recursive: true });
  for (const [name, source] of Object.entries(FILES)) {
    const text = await readFile(path.join(ROOT, "node_modules", source), "utf8");
    await writeFile(path.join(VENDOR, name), text.replace(MAP_COMMENT, "\n"));
  }
}

// Only what a chart with bars is made of; a further kind of chart needs its parts named here.
const CHART = `
  import {
    BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip,
  } from "chart.js";
  Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, Tooltip);
  export { Chart };
`;

async function bundle() {
  const common = { bundle: true, minify: true, legalComments: "inline", target: "es2022", absWorkingDir: ROOT };
  const chart = { contents: CHART, resolveDir: ROOT };
  await build({ ...common, stdin: chart, format: "esm", outfile: path.join(VENDOR, "chart.js") });
  const stimulus = path.join(ROOT, "node_modules", "@hotwired", "stimulus", "dist", "stimulus.js");
  await build({ ...common, entryPoints: [stimulus], format: "esm", outfile: path.join(VENDOR, "stimulus.js") });
}

async function trim() {
  const sheet = path.join(VENDOR, "tabler.min.css");
  const [trimmed] = await new PurgeCSS().purge({
    content: SOURCES.map((pattern) => path.join(ROOT, pattern)),
    css: [sheet],
    defaultExtractor: (text) => text.match(/[\w/:.-]*[\w-]/g) ?? [],
    dynamicAttributes: ["data-bs-theme", "data-bs-popper"],
    fontFace: true,
    keyframes: true,
    safelist: COMPOSED,
  });
  await writeFile(sheet, trimmed.css);
}

const brotli = (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
const zip = (bytes) => promisify(gzip)(bytes, { level: 9 });

async function compress() {
  const names = await readdir(STATIC, { recursive: true });
  await Promise.all(names.filter((name) => /\.(br|gz)$/.test(name)).map((name) => rm(path.join(STATIC, name))));
  const texts = names.filter((name) => /\.(css|js|svg)$/.test(name));
  await Promise.all(texts.map(async (name) => {
    const bytes = await readFile(path.join(STATIC, name));
    await writeFile(path.join(STATIC, `${name}.br`), await brotli(bytes));
    await writeFile(path.join(STATIC, `${name}.gz`), await zip(bytes));
  }));
}

await copy();
await bundle();
await trim();
await compress();
