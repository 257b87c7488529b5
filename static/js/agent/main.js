// Lets the times of the agent's page go on, and says when the page is no longer refreshed.
import { setText } from "../live/dom.js";
import { formatDuration } from "../live/format.js";

// Three refreshes and a little.
const LOST_AFTER_MS = 8000;

const banner = /** @type {HTMLElement} */ (document.querySelector("[data-agent-lost]"));
const page = /** @type {HTMLElement} */ (document.querySelector("[data-agent-page]"));
let told = "";
let differenceMs = 0;
let refreshedMs = performance.now();

function tick() {
  const now = page.querySelector("[data-now]")?.getAttribute("data-now") ?? "";
  if (now !== told) {
    told = now;
    differenceMs = Date.now() - Number(now);
    refreshedMs = performance.now();
  }
  const isLost = performance.now() - refreshedMs > LOST_AFTER_MS && !document.hidden;
  banner.hidden = !isLost;
  page.toggleAttribute("data-stale", isLost);
  const serverNow = isLost ? Number(now) : Date.now() - differenceMs;
  for (const element of page.querySelectorAll("[data-since]")) {
    const since = Number(element.getAttribute("data-since"));
    setText(element, formatDuration((serverNow - since) / 1000));
  }
}

setInterval(tick, 500);
document.addEventListener("visibilitychange", () => {
  // A hidden page is refreshed seldom; it gets the time to catch up.
  refreshedMs = performance.now();
});
tick();
