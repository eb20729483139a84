// A form [data-steady] is sent without leaving the page, so that a network that fails in the middle costs nothing: the
// page, and with it the form's key, is still there, and sending it again does the same thing once.
const words = document.querySelector("#toasts")?.dataset ?? {};

const send = async (form) => {
  form.classList.add("is-busy");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    if (answer.redirected) location.assign(answer.url);
    else form.submit(); // what the server says about it, as a page of its own
  } catch {
    form.classList.remove("is-busy");
    const text = form.dataset.steady || (navigator.onLine ? words.unreachable : words.offline);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "danger" } }));
  }
};

for (const form of document.querySelectorAll("form[data-steady]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (!form.classList.contains("is-busy")) send(form);
  });
}
