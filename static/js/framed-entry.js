// The frame in a store's page asks the page around it who is there, and goes on to the portal. docs/widget.md.
const { sites, enter, stranger } = document.getElementById("entry").dataset;
const allowed = sites.split(" ");
const PATIENCE = 4000; // milliseconds for the store's page to answer
let asked = false;

const goOn = async (token) => {
  if (asked) return;
  asked = true;
  try {
    const body = JSON.stringify({ token, language: document.documentElement.lang });
    const answer = await fetch(enter, { method: "POST", body, headers: { "Content-Type": "application/json" } });
    location.replace(answer.ok ? (await answer.json()).url : stranger);
  } catch {
    location.replace(stranger);
  }
};

// Only the page that holds this frame is listened to, and only at an origin that the merchant allowed.
addEventListener("message", (event) => {
  if (event.source !== parent || !allowed.includes(event.origin)) return;
  if (event.data?.dangol === "token") goOn(String(event.data.token ?? ""));
});
parent.postMessage({ dangol: "ready" }, "*"); // says nothing, so anybody may hear it
setTimeout(() => goOn(""), PATIENCE);
