// A scanner that works like a keyboard: a burst of keys that ends with Enter. It is read by the keys' places, not by
// their letters, so it arrives whole while Hangul input is on, and wherever the focus is. People type slower.
const FAST = 60; // milliseconds between two keys of a scanner
const SHORTEST = 8;
let burst = "";
let last = 0;

const letter = (code) => /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code)?.slice(1).find(Boolean) ?? (code === "Minus" ? "-" : "");

const submit = (text) => {
  const input = document.querySelector("[data-scan]");
  if (!input) return;
  input.value = text;
  input.form.requestSubmit();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const now = performance.now();
  if (now - last > FAST) burst = "";
  last = now;
  if (event.code === "Enter" || event.code === "NumpadEnter") {
    if (burst.length >= SHORTEST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      submit(burst);
    }
    burst = "";
  } else burst += letter(event.code);
}, true);

// Where nothing has the focus, what is typed goes into the field all the same; a touch screen's keyboard stays away.
const settle = () => {
  const input = document.querySelector("[data-scan]");
  if (input && (document.activeElement === document.body || !document.activeElement)) input.focus({ preventScroll: true });
};
document.addEventListener("htmx:after:swap", () => setTimeout(settle));
document.addEventListener("keydown", (event) => {
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) settle();
}, true);
settle();
