// input[data-time-zone] takes the name of the time zone that the browser's clock runs by, e.g. Asia/Seoul.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const input of document.querySelectorAll("input[data-time-zone]")) input.value ||= zone ?? "";
