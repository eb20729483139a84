// A network that comes and goes: while it is away nothing can be given or used, and a form whose answer did not come can
// be sent again as it is. Its key stays the same, so nothing happens twice.
const offline = document.querySelector("[data-offline-banner]");
const retry = document.querySelector("[data-retry-banner]");
let lost; // the form without an answer, and the button it was sent by

const follow = () => {
  offline.hidden = navigator.onLine;
  document.querySelectorAll("[data-act]").forEach((button) => (button.disabled = !navigator.onLine));
};
for (const name of ["online", "offline"]) addEventListener(name, follow);
document.addEventListener("htmx:after:swap", follow);
follow();

const hide = () => {
  retry.hidden = true;
  lost = undefined;
};

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-act-form]")) event.target.sentBy = event.submitter;
}, true);

const missed = (event) => {
  const form = event.detail.ctx?.sourceElement;
  if (!form?.matches?.("[data-act-form]")) return;
  lost = form;
  retry.hidden = false;
  retry.focus();
};
document.addEventListener("htmx:error", missed);
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) missed(event);
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "till") hide();
});

retry.querySelector("[data-retry]").addEventListener("click", () => {
  if (!lost?.isConnected) return hide();
  const { sentBy } = lost;
  lost.requestSubmit(sentBy?.isConnected && !sentBy.disabled ? sentBy : undefined);
});
