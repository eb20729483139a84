// A form that was sent cannot be sent twice, and its button shows that something happens. [data-many] forms are left alone.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.method === "get" || "many" in form.dataset) return;
  if (form.classList.contains("is-busy")) event.preventDefault();
  else setTimeout(() => !event.defaultPrevented && form.classList.add("is-busy"));
});

// Back from the browser's memory: the forms work again.
addEventListener("pageshow", () => document.querySelectorAll("form.is-busy").forEach((form) => form.classList.remove("is-busy")));

let waiting = 0;
const count = (step) => document.documentElement.classList.toggle("is-busy", (waiting = Math.max(0, waiting + step)) > 0);
document.addEventListener("htmx:before:request", () => count(1));
document.addEventListener("htmx:finally:request", () => count(-1));
