// <time data-relative datetime="…"> keeps saying how long ago. The server wrote the first text.
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

const say = (time) => {
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", Infinity]; // just now
  time.textContent = words.format(Math.trunc(seconds / size), unit);
};
const refresh = () => document.querySelectorAll("time[data-relative]").forEach(say);

refresh();
document.addEventListener("htmx:after:swap", refresh);
setInterval(() => document.hidden || refresh(), 60000);
