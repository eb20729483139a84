// The shopper's points on a store's page: a button, and behind it the portal in a frame. docs/widget.md.
(() => {
  const script = document.currentScript;
  const shop = new URL(script.src).origin;
  const known = __SETTINGS__;
  const spoken = (document.documentElement.lang || known.language).slice(0, 2).toLowerCase();
  const language = ["ko", "en"].includes(spoken) ? spoken : known.language;
  const words = { ko: ["내 포인트", "닫기"], en: ["My points", "Close"] }[language] ?? ["My points", "Close"];
  if (document.querySelector("[data-dangol-widget]")) return;

  const css = `
    :host { all: initial; }
    * { box-sizing: border-box; font-family: system-ui, -apple-system, "Apple SD Gothic Neo", "Malgun Gothic", sans-serif; }
    .open { position: fixed; z-index: 2147483000; inset-block-end: max(1rem, env(safe-area-inset-bottom)); ${known.side === "left" ? "left" : "right"}: 1rem;
      display: inline-flex; align-items: center; gap: .5rem; min-block-size: 3rem; padding: 0 1.125rem; border: 0; border-radius: 1.5rem; cursor: pointer;
      background: ${known.fill}; color: ${known.ink}; font-size: 1rem; font-weight: 600; line-height: 1.2; box-shadow: 0 4px 16px rgb(0 0 0 / .2); }
    .open:focus-visible, .close:focus-visible { outline: 3px solid ${known.fill}; outline-offset: 2px; box-shadow: 0 0 0 2px #fff; }
    .preview .open { position: absolute; }
    svg { inline-size: 1.25rem; block-size: 1.25rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    dialog { position: fixed; inset: auto; inset-block-end: 1rem; ${known.side === "left" ? "left" : "right"}: 1rem; margin: 0; padding: 0; border: 0; overflow: hidden;
      inline-size: min(26rem, calc(100vw - 2rem)); block-size: min(44rem, calc(100dvh - 2rem)); max-inline-size: none; max-block-size: none;
      border-radius: 1rem; background: #fff; color: #1c1917; box-shadow: 0 12px 48px rgb(0 0 0 / .3); }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: rgb(0 0 0 / .35); }
    header { display: flex; align-items: center; justify-content: space-between; padding-inline-start: 1rem; font-size: .9375rem; font-weight: 600; }
    .close { display: grid; place-items: center; inline-size: 3rem; block-size: 3rem; border: 0; background: none; color: inherit; cursor: pointer; }
    iframe { flex: 1; inline-size: 100%; border: 0; background: #fff; }
    @media (width < 30rem) { dialog { inset: 0; inline-size: 100vw; block-size: 100dvh; border-radius: 0; } }
    @media (prefers-reduced-motion: no-preference) { dialog[open] { animation: up .18s ease-out; } @keyframes up { from { opacity: 0; translate: 0 1rem; } } }
    @media (prefers-color-scheme: dark) { dialog, iframe { background: #161311; color: #f5f2ee; } }
    @media print { .open { display: none; } }`;

  const made = (name, attributes, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...inside);
    return element;
  };
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [key, value] of [["viewBox", "0 0 24 24"], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  };

  const preview = script.dataset.preview && document.querySelector(script.dataset.preview);
  const host = made("div", { "data-dangol-widget": "", lang: language });
  const root = host.attachShadow({ mode: "open" });
  const opener = made("button", { type: "button", class: "open", "aria-haspopup": "dialog" },
    icon("M4 11h16v9H4zM2 7h20v4H2zM12 7v13M12 7S8 1 6 4s6 3 6 3 4-6 6-3-6 3-6 3"), words[0]);
  const closer = made("button", { type: "button", class: "close", "aria-label": words[1] }, icon("M6 6l12 12M18 6L6 18"));
  const dialog = made("dialog", { "aria-label": `${words[0]} · ${known.shop}` }, made("header", {}, words[0], closer));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  root.append(made("div", preview ? { class: "preview" } : {}, opener, dialog));

  // A token lives for minutes and is good once: the page's own comes first, then a fresh one from the store's server.
  let unused = script.dataset.token;
  const token = async () => {
    const now = unused;
    unused = "";
    if (now || !script.dataset.tokenUrl) return now || "";
    try {
      const answer = await fetch(script.dataset.tokenUrl, { credentials: "same-origin", headers: { Accept: "text/plain" } });
      return answer.ok ? (await answer.text()).trim() : "";
    } catch {
      return "";
    }
  };

  let frame;
  const open = () => {
    if (!frame && !preview) {
      frame = made("iframe", { src: `${shop}/widget/${known.store}/?language=${language}`, title: dialog.ariaLabel, referrerpolicy: "origin" });
      dialog.append(frame);
    }
    if (!dialog.open) dialog.showModal();
  };

  // Only our frame is listened to, and only the shop's origin is told the token.
  addEventListener("message", async (event) => {
    if (event.origin !== shop || !frame || event.source !== frame.contentWindow) return;
    if (event.data?.dangol === "ready") frame.contentWindow.postMessage({ dangol: "token", token: await token() }, shop);
    if (event.data?.dangol === "close") dialog.close();
  });
  opener.addEventListener("click", open);
  closer.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("click", (event) => {
    const wish = event.target.closest?.("[data-dangol-open]");
    if (wish) { event.preventDefault(); open(); }
  });

  const stand = () => (preview || document.body).append(host);
  if (document.body) stand();
  else addEventListener("DOMContentLoaded", stand);
})();
