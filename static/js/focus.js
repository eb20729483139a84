// After a form came back with mistakes the focus goes to their summary, else to the first wrong field.
const WRONG = "[data-focus], [aria-invalid='true']:not([type='hidden'])";

// After `hx-status:422="target:#form"` htmx tells the target as a selector.
const found = (target) => (typeof target === "string" ? document.querySelector(target) : target);
const settle = (target) => found(target)?.querySelector(WRONG)?.focus({ preventScroll: false });

document.addEventListener("htmx:after:swap", (event) => settle(event.detail.ctx.target));
settle(document);
