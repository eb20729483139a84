// Keeps the screen on while this page is in front, so that a card can be scanned in peace.
const stayAwake = async () => {
  if (document.visibilityState !== "visible") return
  try {
    await navigator.wakeLock?.request("screen")
  } catch {
    // A phone that saves battery says no; the card works without.
  }
}
document.addEventListener("visibilitychange", stayAwake)
stayAwake()
