// Loaded before anything is drawn, so that a remembered dark page never flashes white.
(() => {
  const stored = () => {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system";
    }
  };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = stored();
    const isDark = choice === "dark" || (choice === "system" && prefersDark.matches);
    document.documentElement.dataset.bsTheme = isDark ? "dark" : "light";
  };
  prefersDark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("themechange", apply);
  apply();
})();
