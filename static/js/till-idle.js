// Locks a till that nobody has touched for [data-idle] minutes. The server does so by itself at the next request; this
// is for who reads the screen without making one.
const minutes = Number(document.querySelector("[data-till]")?.dataset.idle ?? 0);
let touched = Date.now();

for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => (touched = Date.now()), true);

const look = () => {
  if (Date.now() - touched < minutes * 60_000 || document.querySelector("[data-locked]")) return;
  document.querySelector("form[data-lock]")?.requestSubmit();
};
if (minutes) setInterval(look, 5000);
addEventListener("visibilitychange", look);
