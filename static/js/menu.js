// details.menu and details.sheet: one open at a time; a click elsewhere, Escape or leaving by Tab closes; arrows walk the items.
const OPEN = "details:is(.menu, .sheet)[open]";
const closeOthers = (kept) => document.querySelectorAll(OPEN).forEach((menu) => menu.contains(kept) || (menu.open = false));

document.addEventListener("click", (event) => {
  const menu = event.target.closest(OPEN);
  closeOthers(menu ?? event.target.closest("details:is(.menu, .sheet)"));
});

document.addEventListener("focusin", (event) => {
  const menu = document.querySelector(OPEN);
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details:is(.menu, .sheet)");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  menu.open = true;
  const items = [...menu.querySelectorAll("a[href], button:not(:disabled)")];
  const now = items.indexOf(document.activeElement);
  const next = now < 0 ? (step > 0 ? 0 : items.length - 1) : (now + step + items.length) % items.length;
  items[next]?.focus();
});
