// [data-keypad="id"] types into the field with that id; [data-presets="id"] fills it. Both are shown only where this runs,
// and then the device's own keyboard stays away, until the key for letters is pressed.
const field = (pad) => document.getElementById(pad.dataset.keypad ?? pad.dataset.presets);
const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));

const KEYS = {
  back: (input) => (input.value = input.value.slice(0, -1)),
  clear: (input) => (input.value = ""),
  letters: (input) => {
    input.inputMode = "text";
    input.blur();
    input.focus();
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-key], [data-preset]");
  const input = button && field(button.closest("[data-keypad], [data-presets]"));
  if (!input) return;
  const { key, preset } = button.dataset;
  if (preset) input.value = preset;
  else if (KEYS[key]) KEYS[key](input);
  else if (input.value.length + key.length <= input.maxLength && !(key === "." && input.value.includes("."))) input.value += key;
  button.parentElement.querySelectorAll("[data-preset]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  changed(input);
});

const show = (root) => {
  for (const pad of root.querySelectorAll("[data-keypad], [data-presets]")) {
    pad.hidden = false;
    const input = field(pad);
    if (pad.dataset.keypad && matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
  }
};
document.addEventListener("htmx:after:swap", () => show(document));
show(document);
