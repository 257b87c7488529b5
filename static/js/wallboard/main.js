import { setText } from "../live/dom.js";
import { formatTime } from "../live/format.js";
import { LiveView } from "../live/live-view.js";
import { TotalsStrip } from "../live/strip.js";
import { Agents } from "./agents.js";
import { startFullScreen } from "./screen.js";
import { Tiles } from "./tiles.js";

/**
 * @template {HTMLElement} Kind
 * @param {string} selector
 * @returns {Kind}
 */
function find(selector) {
  return /** @type {Kind} */ (document.querySelector(selector));
}

const wall = find("#wall");
const strip = new TotalsStrip(wall);
const view = new LiveView(wall, (live, now) => {
  setText(find("[data-clock]"), formatTime(live.now(), live.timeZone));
  strip.render(live.store, now, live.configuration.thresholds);
  tiles.render(live.store, now);
  agents.render(live.store, now);
  pause.hidden = !tiles.pager.hasPages && !agents.pager.hasPages;
});
const redraw = () => view.redraw();
const tiles = new Tiles(find("#wall-queues"), view.configuration, redraw);
const agents = new Agents(find("#wall-agents"), view.configuration, redraw);

/** @type {HTMLButtonElement} */
const pause = find("[data-pause]");
/** @param {boolean} isPaused */
function setPaused(isPaused) {
  tiles.pager.isPaused = agents.pager.isPaused = isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
}
pause.addEventListener("click", () => setPaused(!tiles.pager.isPaused));
setPaused(matchMedia("(prefers-reduced-motion: reduce), (max-width: 991px)").matches);

/** @type {HTMLInputElement} */
const loggedOut = find("[data-hide-logged-out]");
loggedOut.checked = localStorage.getItem("wallboard.hideLoggedOut") === "true";
agents.hidesLoggedOut = loggedOut.checked;
loggedOut.addEventListener("change", () => {
  localStorage.setItem("wallboard.hideLoggedOut", String(loggedOut.checked));
  agents.hidesLoggedOut = loggedOut.checked;
  redraw();
});
startFullScreen(wall, find("[data-full-screen]"));
