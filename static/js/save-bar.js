// form[data-save-bar]: the bar appears when a value differs from what the server sent, and leaving asks first.
const snapshot = (form) => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, value.name ?? value])).toString();
const clean = new WeakMap();
const forms = () => document.querySelectorAll("form[data-save-bar]");

const refresh = (form) => {
  if (!clean.has(form)) return;
  const dirty = snapshot(form) !== clean.get(form) || "unsaved" in form.dataset;
  form.classList.toggle("is-dirty", dirty);
};
const start = () => forms().forEach((form) => clean.has(form) || (clean.set(form, snapshot(form)), refresh(form)));

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => event.target.form?.matches("[data-save-bar]") && refresh(event.target.form));
}
document.addEventListener("reset", (event) => setTimeout(() => refresh(event.target)));
document.addEventListener("htmx:after:swap", start);
addEventListener("beforeunload", (event) => {
  if ([...forms()].some((form) => form.matches(".is-dirty:not(.is-busy)"))) event.preventDefault();
});
start();
