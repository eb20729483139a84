// A number field [data-range] gets a slider beside it; the two follow each other, and [data-range-worth] says what the
// points are worth: each step of points is `data-value` minor units of `data-currency`.
for (const field of document.querySelectorAll("input[data-range]")) {
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: field.min, max: field.max, step: field.step, value: field.value, className: "slider" });
  slider.setAttribute("aria-label", field.dataset.range);
  const worth = document.querySelector("[data-range-worth]");
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: field.dataset.currency });
  const digits = money.resolvedOptions().maximumFractionDigits;
  const inKorean = field.dataset.currency === "KRW" && document.documentElement.lang === "ko"; // as the server writes it
  const say = () => {
    const minor = Math.floor(Number(field.value) / Number(field.step)) * Number(field.dataset.value);
    const written = inKorean ? `${minor.toLocaleString("ko")}원` : money.format(minor / 10 ** digits);
    if (worth) worth.textContent = worth.dataset.rangeWorth.replace("{money}", written);
    slider.setAttribute("aria-valuetext", field.value);
  };
  slider.addEventListener("input", () => { field.value = slider.value; say() });
  field.addEventListener("input", () => { slider.value = field.value; say() });
  field.closest(".field").append(slider);
  say();
}
