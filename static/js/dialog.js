// [data-dialog="id"] opens a <dialog>; [data-close] or a click beside it closes it; [data-dialog-auto] opens with the page.
// The browser keeps the focus inside, gives it back and handles Escape; the first field gets it, not the cross.
const FIELD = ".dialog-body :is(input:not([type='hidden']), select, textarea):not(:disabled)";

const open = (dialog) => {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  if (!dialog.querySelector("[autofocus]")) dialog.querySelector(FIELD)?.focus();
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    opener.closest("details.menu")?.removeAttribute("open");
    open(document.getElementById(opener.dataset.dialog));
    return;
  }
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) dialog.close();
});

const openOnLoad = (root) => open(root.querySelector("dialog[data-dialog-auto]"));
document.addEventListener("htmx:after:swap", (event) => openOnLoad(event.detail.ctx.target?.parentElement ?? document));
openOnLoad(document);
