// [data-theme-choice="auto|light|dark"]: remembers the choice for a year and applies it at once.
const mark = () => {
  const theme = document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${button.dataset.themeChoice}; path=/; max-age=31536000; samesite=lax${secure}`;
  document.dispatchEvent(new Event("themechange"));
  mark();
});
mark();
