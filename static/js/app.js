// The portal as an app: registers the worker that keeps the card, and offers, from the second day on, to put the shop
// on the home screen. [data-install] is that offer: its [data-install-ask] part where the browser can ask, its
// [data-install-ios] part where the person must, and [data-install-never] puts it away.
const DAY = new Date().toISOString().slice(0, 10);
const remembered = (name) => { try { return localStorage.getItem(name) } catch { return null } };
const remember = (name, value) => { try { localStorage.setItem(name, value) } catch { /* a private window */ } };

const keepCard = async () => {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register("/app-worker.js");
  const { active } = await navigator.serviceWorker.ready;
  if (location.pathname === "/card/" && navigator.serviceWorker.controller) return; // it has just been kept
  const kept = await caches.match("/card/", { cacheName: "dangol-card" });
  if (!kept || remembered("card-kept") !== DAY) active.postMessage("keep-card");
  remember("card-kept", DAY);
};

// A phone may lie aside with its card on the screen while the session is ended elsewhere: it looks again once it is taken
// up, or has a network again. The worker says when the card is gone.
const lookAgain = async () => {
  if (!navigator.onLine || document.visibilityState !== "visible") return;
  (await navigator.serviceWorker?.ready)?.active.postMessage("keep-card");
};
addEventListener("online", () => [0, 3000].forEach((later) => setTimeout(lookAgain, later))); // it may need a moment
addEventListener("visibilitychange", lookAgain);
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data === "card-gone" && location.pathname === "/card/") location.reload();
});

const isApp = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
const isSecondDay = () => {
  const first = remembered("first-seen") ?? DAY;
  remember("first-seen", first);
  return first !== DAY;
};

const offer = document.querySelector("[data-install]");
const show = (part) => {
  offer.querySelector(part).hidden = false;
  offer.hidden = false;
};
const offerInstall = () => {
  const comesBack = isSecondDay();
  if (!offer || isApp() || !comesBack || remembered("no-install")) return;
  const apple = /iP(hone|ad|od)/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  if (apple && "standalone" in navigator) show("[data-install-ios]");
  addEventListener("beforeinstallprompt", (asked) => {
    asked.preventDefault();
    show("[data-install-ask]");
    offer.querySelector("[data-install-now]").onclick = async () => {
      await asked.prompt();
      offer.hidden = true;
    };
  });
  offer.querySelector("[data-install-never]").onclick = () => {
    remember("no-install", "1");
    offer.hidden = true;
  };
};

const sayOffline = () => {
  for (const notice of document.querySelectorAll("[data-offline]")) notice.hidden = navigator.onLine;
};
addEventListener("online", sayOffline);
addEventListener("offline", sayOffline);
sayOffline();
offerInstall();
keepCard().catch(() => {}); // plain HTTP, or a browser that has no workers: the card needs the network then
