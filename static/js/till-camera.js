// Reads a member's QR by the camera: with the browser's own detector, or with the one that is vendored, loaded only then.
// Where a camera was once allowed it starts by itself.
const ALLOWED = "till.camera";
let stream;
let reading = 0;

const script = (source) => new Promise((resolve, reject) => {
  document.head.append(Object.assign(document.createElement("script"), { src: source, onload: resolve, onerror: reject }));
});

const native = async () => {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.()) ?? [];
  return formats.includes("qr_code") ? globalThis.BarcodeDetector : null;
};

const vendored = async ({ reader, wasm }) => {
  if (!globalThis.BarcodeDetectionAPI) await script(reader);
  const { BarcodeDetector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
  prepareZXingModule({ overrides: { locateFile: () => wasm } });
  return BarcodeDetector;
};

const detector = async (panel) => {
  const Detector = (await native()) ?? (await vendored(panel.dataset));
  return new Detector({ formats: ["qr_code"] });
};

const stop = () => {
  reading += 1;
  stream?.getTracks().forEach((track) => track.stop());
  stream = undefined;
};

const found = (text) => {
  const input = document.querySelector("[data-scan]");
  stop();
  input.value = text.slice(0, 100);
  input.form.requestSubmit();
};

const look = async (panel, video) => {
  const turn = ++reading;
  const eye = await detector(panel);
  while (turn === reading && video.isConnected) {
    const [code] = await eye.detect(video).catch(() => []);
    if (turn === reading && video.isConnected && code?.rawValue) return found(code.rawValue);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
};

const start = async (panel) => {
  const video = panel.querySelector("video");
  const note = panel.querySelector("[data-camera-note]");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    localStorage.setItem(ALLOWED, "1");
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    panel.dataset.on = "";
    await look(panel, video);
  } catch (error) {
    stop();
    localStorage.removeItem(ALLOWED);
    note.textContent = error.name === "NotAllowedError" ? note.dataset.denied : note.dataset.missing;
  }
};

const begin = () => {
  stop();
  const panel = document.querySelector("[data-camera]");
  if (!panel || !navigator.mediaDevices?.getUserMedia) return;
  panel.hidden = false;
  panel.querySelector("[data-camera-start]").addEventListener("click", () => start(panel));
  if (localStorage.getItem(ALLOWED)) start(panel);
};
// Only when the first screen comes or goes: what waits is asked for every two seconds and is no new screen.
document.addEventListener("htmx:after:swap", () => {
  const panel = document.querySelector("[data-camera]");
  if (!panel) stop();
  else if (panel.hidden) begin();
});
addEventListener("pagehide", stop);
begin();
