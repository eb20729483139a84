// Before the first paint: light or dark by the `theme` cookie (auto, light, dark), else by the device. Not a module: it must block.
(() => {
  const root = document.documentElement;
  const night = matchMedia("(prefers-color-scheme: dark)");
  const wish = () => /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1] ?? "auto";
  const apply = () => {
    const theme = wish();
    root.classList.toggle("dark", theme === "dark" || (theme === "auto" && night.matches));
    root.dataset.theme = theme;
  };
  root.dataset.scripted = "";
  apply();
  night.addEventListener("change", apply);
  document.addEventListener("themechange", apply);
})();
