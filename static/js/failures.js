// A request that failed says so, with the request's id, and leaves the page as it was (see noSwap in layouts/base.html).
const words = document.getElementById("toasts")?.dataset ?? {};
const tell = (detail) => document.dispatchEvent(new CustomEvent("toast", { detail }));

const WORDS = { 401: "signedOut", 403: "forbidden", 404: "missing", 413: "tooLarge", 429: "tooMany" };

// What asks by itself every few seconds asks again; a till's form has a banner that says more (till-network.js).
const isQuiet = ({ sourceElement }) =>
  sourceElement?.matches?.("[data-act-form]") || sourceElement?.getAttribute?.("hx-trigger")?.startsWith("every");
// The answer is a page that says it: what was wrong with a form, or that the till is locked.
const TOLD = [400, 409, 422, 423];

document.addEventListener("htmx:response:error", (event) => {
  const { status, headers } = event.detail.ctx.response;
  if (TOLD.includes(status) || (status >= 500 && isQuiet(event.detail.ctx))) return;
  const id = headers.get("X-Request-ID");
  const note = status >= 500 && id ? words.code.replace("{id}", id) : "";
  tell({ text: words[WORDS[status]] ?? words.failed, tone: "danger", note });
});

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx || isQuiet(event.detail.ctx)) return;
  tell({ text: navigator.onLine ? words.unreachable : words.offline, tone: "warning" });
});
