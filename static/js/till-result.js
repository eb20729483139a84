// What came of an act, to hear and to undo: [data-sound] plays, [data-undo="10"] counts down and goes, [data-after="15"]
// follows a link by itself. The sound can be switched off for this device.
const QUIET = "till.quiet";
const NOTES = { good: [660, 880], bad: [220, 180], undone: [520, 390] };
let audio;

const isQuiet = () => Boolean(localStorage.getItem(QUIET)) || Boolean(document.querySelector("[data-silent]"));

const beep = (frequency, at) => {
  const tone = new OscillatorNode(audio, { frequency, type: "sine" });
  const loudness = new GainNode(audio, { gain: 0.0001 });
  tone.connect(loudness).connect(audio.destination);
  loudness.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
  tone.start(at);
  tone.stop(at + 0.18);
};

const play = (name) => {
  if (isQuiet() || !globalThis.AudioContext || !navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  NOTES[name]?.forEach((frequency, place) => beep(frequency, audio.currentTime + place * 0.14));
};

const countDown = (form) => {
  const words = form.querySelector("[data-undo-left]");
  let left = Number(form.dataset.undo);
  const tick = () => {
    if (!form.isConnected) return clearInterval(timer);
    words.textContent = left;
    if (left-- <= 0) {
      clearInterval(timer);
      form.hidden = true;
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
};

const begin = () => {
  document.querySelectorAll("[data-sound]:not([data-played])").forEach((place) => {
    place.dataset.played = "";
    play(place.dataset.sound);
  });
  document.querySelectorAll("[data-undo]:not([data-counting])").forEach((form) => {
    form.dataset.counting = "";
    countDown(form);
  });
  document.querySelectorAll("[data-after]:not([data-counting])").forEach((link) => {
    link.dataset.counting = "";
    setTimeout(() => link.isConnected && link.click(), Number(link.dataset.after) * 1000);
  });
};

const switches = () => document.querySelectorAll("[data-sound-switch]").forEach((one) => one.setAttribute("aria-pressed", String(!isQuiet())));
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-sound-switch]")) return;
  if (localStorage.getItem(QUIET)) localStorage.removeItem(QUIET);
  else localStorage.setItem(QUIET, "1");
  switches();
});
document.addEventListener("htmx:after:swap", begin);
begin();
switches();
