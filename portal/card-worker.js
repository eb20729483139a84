// The service worker of a shop's host. It does one thing: the membership card can be shown without a network.
// It keeps the card's page and what that page is drawn with, nothing else, and gives them up when the member signs out.
const KEPT = "dangol-card";
const CARD = "/card/";
const OLDEST = 30 * 24 * 3600 * 1000; // a phone that had no network for so long shows its card no more
const PATIENCE = 4000; // milliseconds until the kept card is shown in the place of a network that hangs
const OURS = /^\/(?:backoffice|account|hooks|api|w|widget|operator|styles)\//; // not the portal: never touched

const drawnWith = (html) =>
  [...html.matchAll(/<(?:link[^>]*?rel="stylesheet"[^>]*?href|script[^>]*?src)="(\/[^"]+)"/g)]
    .map((found) => found[1])
    .filter((path) => !path.includes("pretendard"));

const keep = async (answer) => {
  const kept = await caches.open(KEPT);
  const html = await answer.clone().text();
  const [has, needs] = [await kept.keys(), drawnWith(html)];
  const paths = has.map((request) => new URL(request.url).pathname + new URL(request.url).search);
  await Promise.all(needs.filter((path) => !paths.includes(path)).map((path) => kept.add(path).catch(() => {})));
  await Promise.all(has.filter((_, n) => paths[n] !== CARD && !needs.includes(paths[n])).map((old) => kept.delete(old)));
  await kept.put(CARD, answer);
};

// The session was ended here or elsewhere: the card goes, and so does the page that shows it.
const forget = async () => {
  if (await caches.delete(KEPT)) (await clients.matchAll()).forEach((page) => page.postMessage("card-gone"));
};

const keptCard = async () => {
  const kept = await caches.match(CARD, { cacheName: KEPT });
  return kept && Date.now() - new Date(kept.headers.get("Date")) > OLDEST ? undefined : kept;
};

// Another answer than the card (a sign-in page, say) means that nobody is signed in here any more.
const fetchCard = async () => {
  const answer = await fetch(CARD, { credentials: "same-origin", cache: "no-store" });
  if (answer.redirected) await forget();
  else if (answer.ok) await keep(answer.clone());
  return answer;
};

const hangs = () => new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE));

// A navigation must not be answered with what was redirected: the browser goes there itself.
const direct = (answer) => (answer.redirected ? Response.redirect(answer.url) : answer);

const showCard = async () => {
  const fresh = fetchCard().then(direct);
  const kept = await keptCard();
  if (!kept) return fresh;
  try {
    return await Promise.race([fresh, hangs()]);
  } catch {
    fresh.catch(() => {});
    return kept;
  }
};

// Without a network every page of the portal leads to the card, if one is kept.
const orCard = async (request) => {
  try {
    const answer = await fetch(request);
    if (answer.headers.has("Clear-Site-Data")) await forget(); // not every browser does so by itself
    return answer;
  } catch (trouble) {
    if (await keptCard()) return Response.redirect(CARD);
    throw trouble;
  }
};

const orKept = async (request) => {
  try {
    return await fetch(request);
  } catch (trouble) {
    const kept = await caches.match(request, { cacheName: KEPT });
    if (kept) return kept;
    throw trouble;
  }
};

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  if (event.data === "keep-card") event.waitUntil(fetchCard().catch(() => {}));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || OURS.test(url.pathname)) return;
  if (request.method === "POST" && url.pathname === "/sign-out/") event.waitUntil(forget());
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(url.pathname === CARD ? showCard() : orCard(request));
  else if (["style", "script"].includes(request.destination)) event.respondWith(orKept(request));
});
