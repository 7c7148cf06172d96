// Runs before the first paint, so that a dark page never flashes white.
(() => {
  const root = document.documentElement;
  root.classList.add("has-script");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (root.dataset.theme === "system") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  apply();
  dark.addEventListener("change", apply);
})();
