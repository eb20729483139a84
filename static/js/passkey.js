// A passkey that is refused, cancelled or not supported says so beside its button: [data-passkey-failed] holds the words.
const note = document.querySelector("[data-passkey-failed]");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  if (note) note.hidden = false;
});

if (!window.PublicKeyCredential) document.querySelectorAll("[data-passkey]").forEach((part) => (part.hidden = true));
