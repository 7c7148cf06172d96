import { BaseController } from "#js/base_controller.js";

// On <html>: follows the system between light and dark while the member has chosen neither. Paper is always light.
export default class extends BaseController {
  connect() {
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.listen(this.dark, "change", () => this.apply());
    this.apply();
    this.listen(window, "beforeprint", () => {
      this.shown = this.element.dataset.bsTheme;
      this.element.dataset.bsTheme = "light";
    });
    this.listen(window, "afterprint", () => {
      this.element.dataset.bsTheme = this.shown;
      this.apply();
    });
  }

  apply() {
    if (this.element.dataset.theme === "system") this.element.dataset.bsTheme = this.dark.matches ? "dark" : "light";
  }
}
