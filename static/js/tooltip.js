// [data-tip="text"] shows its text on hover and focus; the element keeps its own name for screen readers.
let tip;

const hide = () => {
  tip?.remove();
  tip = null;
};
const show = (element) => {
  hide();
  tip = Object.assign(document.createElement("div"), { className: "tooltip", textContent: element.dataset.tip });
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const at = element.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const x = Math.min(Math.max(8, at.x + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
  const above = at.y - own.height - 8;
  tip.style.translate = `${x}px ${above > 8 ? above : Math.min(at.bottom + 8, innerHeight - own.height - 8)}px`;
};

for (const [come, go] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  document.addEventListener(come, (event) => {
    const element = event.target.closest("[data-tip]");
    if (element) show(element);
  });
  document.addEventListener(go, hide);
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
addEventListener("scroll", hide, { passive: true, capture: true });
