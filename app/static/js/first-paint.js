// Runs before the first paint, so that a dark page never flashes white. What follows is controllers/theme.js.
(() => {
  const root = document.documentElement;
  root.classList.add("has-script");
  const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  if (root.dataset.theme === "system") root.dataset.bsTheme = isDark ? "dark" : "light";
})();
