// In the frame of a store's page Escape closes the frame, unless something open in it comes first.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (document.querySelector("dialog[open], details.menu[open]")) return;
  parent.postMessage({ dangol: "close" }, "*"); // says nothing that others may not hear
});
