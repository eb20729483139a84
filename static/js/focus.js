// After a form came back with mistakes the focus goes to their summary, else to the first wrong field.
const WRONG = "[data-focus], [aria-invalid='true']:not([type='hidden'])";

const settle = (root) => root?.querySelector(WRONG)?.focus({ preventScroll: false });

document.addEventListener("htmx:after:swap", (event) => settle(event.detail.ctx.target));
settle(document);
