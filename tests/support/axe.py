"""axe-core in a page of the tests' browser: what keeps people with poor sight or without a mouse from using it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
# Colours are the only thing in which the dark theme differs.
OF_COLOURS = ("color-contrast", "link-in-text-block")
# Holds a drawing of LINE, whose colours are LINE's.
DRAWING = ".phone"
# What decides how well an element is read, beside those around it.
_LOOK = """(one) => {
  const style = getComputedStyle(one);
  const isLarger = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
  return [style.color, style.backgroundColor, style.backgroundImage, style.fontSize, style.fontWeight, style.opacity,
    style.visibility, style.position, style.textShadow, style.textDecorationLine, style.filter,
    isLarger && style.overflow !== "visible"].join();
}"""
_KEEP_LOOKS = f"""(name) => {{
  const look = {_LOOK};
  const shown = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility());
  (window.looks ??= {{}})[name] = new Map(shown.map((one) => [one, look(one)]));
}}"""
_KEEP_DIFFERENT = """([name, other]) => {
  const differ = [...looks[name]].filter(([one, look]) => looks[other].get(one) !== look).map(([one]) => one);
  const all = new Set(differ);
  const isWithin = (one) => one && (all.has(one) || isWithin(one.parentElement));
  window.different = differ.filter((one) => !isWithin(one.parentElement));
  return different.length > 0;
}"""
_RUN = """async ([within, rules, impacts, drawing]) => {
  const isDrawn = ({ target }) => document.querySelector(target[0])?.closest(drawing);
  const options = { resultTypes: ["violations"], preload: false };
  // What cannot be grave is not looked for: it takes a third of the time.
  const light = (axe._audit?.rules ?? []).filter(({ impact }) => impact && !impacts.includes(impact));
  if (rules) options.runOnly = { type: "rule", values: rules };
  else options.rules = Object.fromEntries(light.map(({ id }) => [id, { enabled: false }]));
  const { violations } = await axe.run(within === ":different" ? { include: different } : within ?? document, options);
  return violations.filter((one) => impacts.includes(one.impact)).flatMap(({ id, nodes }) =>
    nodes.filter((node) => id !== "color-contrast" || !isDrawn(node))
      .map((node) => ({ id, target: node.target.join(" "), html: node.html, why: node.failureSummary })));
}"""


@cache
def _source() -> str:
    return SCRIPT.read_text()


def faults(page: Page, within: str | None = None, rules: tuple[str, ...] | None = None) -> list[str]:
    """A line for each serious or critical fault of the page, or of one element: rule, element, reason.

    The script comes through the browser's debugger, which the page's content security policy does not stop.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN, [within, rules and list(rules), list(GRAVE), DRAWING])
    return [f"{one['id']}: {one['target']}\n    {one['html'][:200]}\n    {_reason(one['why'])}" for one in found]


def keep_looks(page: Page, name: str) -> None:
    """Keep in the page how its elements look now, under this name."""
    page.evaluate(_KEEP_LOOKS, name)


def faults_of_colours(page: Page, name: str, other: str) -> list[str]:
    """Return faults of colours in what looks otherwise now than it did under the other name, or was not shown then."""
    keep_looks(page, name)
    return faults(page, ":different", OF_COLOURS) if page.evaluate(_KEEP_DIFFERENT, [name, other]) else []


def _reason(summary: str) -> str:
    return " ".join(summary.split())[:240]
