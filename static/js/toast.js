// Short notices. Anyone may dispatch a `toast` event with {text, tone, undo, note}; a server does so by
// `HX-Trigger: {"toast": {"text": "…", "tone": "success", "undo": "/url/"}}`. Words and icons come from the region's templates.
const region = document.getElementById("toasts");
const SECONDS = { danger: 0, error: 0, warning: 12 };

const dismissLater = (toast) => {
  const seconds = toast.querySelector(".undo") ? 12 : (SECONDS[toast.dataset.tone] ?? 6);
  if (!seconds) return;
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), seconds * 1000));
  for (const pause of ["pointerenter", "focusin"]) toast.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["pointerleave", "focusout"]) toast.addEventListener(resume, start);
  start();
};

const iconOf = (tone) => region.querySelector(`template[data-icon="${tone}"], template[data-icon="info"]`).content;

const show = ({ text, tone = "success", undo, note }) => {
  const toast = region.querySelector("template[data-toast]").content.firstElementChild.cloneNode(true);
  toast.dataset.tone = tone;
  const icon = region.querySelector(`template[data-icon="${tone}"]`)?.content ?? iconOf("info");
  toast.prepend(icon.cloneNode(true));
  const words = toast.querySelector("span");
  words.textContent = text;
  if (note) words.append(Object.assign(document.createElement("small"), { textContent: note }));
  const form = toast.querySelector("form");
  if (undo) form.action = undo;
  else form.remove();
  region.append(toast);
  dismissLater(toast);
};

if (region) {
  document.addEventListener("toast", (event) => show(event.detail));
  region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast").remove());
  region.querySelectorAll(".toast").forEach(dismissLater);
}
