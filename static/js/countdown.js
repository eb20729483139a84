// A button that may be pressed again only after `data-countdown` seconds; without this script the server says so.
for (const button of document.querySelectorAll("button[data-countdown]")) {
  const label = button.querySelector("span") ?? button
  const words = label.textContent
  const until = Date.now() + Number(button.dataset.countdown) * 1000
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000)
    button.disabled = seconds > 0
    label.textContent = seconds > 0 ? button.dataset.countdownText.replace("{seconds}", seconds) : words
    if (seconds > 0) setTimeout(tick, 250)
  }
  tick()
}
