// [data-hotkey="/"] takes the focus (or the click) when its key is pressed outside of fields and without modifiers.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const element = [...document.querySelectorAll("[data-hotkey]")].find((one) => one.dataset.hotkey === event.key && one.checkVisibility());
  if (!element) return;
  event.preventDefault();
  element.matches("a, button") ? element.click() : element.focus();
});
