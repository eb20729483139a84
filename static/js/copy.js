// In a [data-copy-box], [data-copy] copies the value or text of [data-copy-source] and [data-reveal] shows a hidden secret.
const textOf = (element) => element.value ?? element.textContent.trim();

const copied = async (element) => {
  try {
    await navigator.clipboard.writeText(textOf(element));
    return true;
  } catch {
    // Plain HTTP has no clipboard: select the text, so that one keystroke is left.
    element.type = element.type === "password" ? "text" : element.type;
    element.select?.();
    return document.execCommand("copy");
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-reveal]");
  if (!button) return;
  const element = button.closest("[data-copy-box]").querySelector("[data-copy-source]");
  if ("reveal" in button.dataset) {
    element.type = element.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(element.type === "text"));
  } else if (await copied(element)) {
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: button.dataset.copied, tone: "success" } }));
  }
});
