/** What stands where nothing is known. */
export const DASH = "–";

const language = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });

/** @param {number | null} value */
export function formatCount(value) {
  return value === null ? DASH : whole.format(value);
}

/** @param {number | null} value 0 to 100 */
export function formatPercent(value) {
  return value === null ? DASH : percent.format(value / 100);
}

/**
 * 0:07, 12:30, 1:02:03; from a day on 1d 3h.
 * @param {number | null} seconds
 */
export function formatDuration(seconds) {
  if (seconds === null) return DASH;
  const total = Math.max(0, Math.floor(seconds));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (days > 0) return `${days}d ${hours}h`;
  const rest = two(total % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}

/**
 * @param {number} ms since 1970
 * @param {string | undefined} timeZone
 */
export function formatTime(ms, timeZone) {
  return new Date(ms).toLocaleTimeString(language, { timeZone, hour12: false });
}
