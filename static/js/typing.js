// Live search and auto-submit that leave Hangul alone: while a syllable is being composed nothing is sent.
// A search box fires `typed` when its text is settled (htmx listens to that), and Enter waits for the composition's end.
const composing = (event) => event.isComposing || event.keyCode === 229;
const settled = (input) => input.dispatchEvent(new CustomEvent("typed", { bubbles: true }));

document.addEventListener("input", (event) => {
  if (event.target.type === "search" && !composing(event)) settled(event.target);
});
document.addEventListener("compositionend", (event) => {
  if (event.target.type === "search") settled(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && composing(event)) event.preventDefault();
}, true);

document.addEventListener("change", (event) => {
  const { form, type } = event.target;
  if (form && type !== "search" && "autoSubmit" in form.dataset) form.requestSubmit();
});
