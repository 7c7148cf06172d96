import { Controller } from "@hotwired/stimulus";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

// Links that become tabs where there is script: arrows walk, Enter opens, and only the open one is in the tab order.
export default class extends Controller {
  static targets = ["tab"];

  static values = { panel: String };

  connect() {
    this.element.setAttribute("role", "tablist");
    for (const tab of this.tabTargets) {
      const isOpen = tab.hasAttribute("aria-current");
      tab.removeAttribute("aria-current");
      tab.parentElement.setAttribute("role", "presentation");
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", isOpen);
      tab.setAttribute("aria-controls", this.panelValue);
      tab.tabIndex = isOpen ? 0 : -1;
      if (isOpen) this.#label(tab);
    }
  }

  move(event) {
    const { tabTargets: tabs } = this;
    const at = tabs.indexOf(document.activeElement);
    const ends = { Home: 0, End: tabs.length - 1 };
    const next = event.key in STEPS ? (at + STEPS[event.key] + tabs.length) % tabs.length : ends[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
  }

  #label(tab) {
    const panel = document.getElementById(this.panelValue);
    panel?.setAttribute("role", "tabpanel");
    panel?.setAttribute("aria-labelledby", tab.id);
  }
}
