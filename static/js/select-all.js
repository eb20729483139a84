// [data-select-all="form-id"] ticks every checkbox that belongs to that form, and shows when only some are ticked.
const boxesOf = (all) =>
  [...document.querySelectorAll(`input[type="checkbox"][form="${CSS.escape(all.dataset.selectAll)}"]`)];

document.addEventListener("change", ({ target }) => {
  if (target.dataset.selectAll) boxesOf(target).forEach((box) => { box.checked = target.checked; });
  document.querySelectorAll("[data-select-all]").forEach((all) => {
    const boxes = boxesOf(all);
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = boxes.length > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  });
});
