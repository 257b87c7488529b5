import { LiveView } from "./live/live-view.js";
import { TotalsStrip } from "./live/strip.js";
import { startOwnState } from "./home/own-state.js";

const live = document.getElementById("live-strip");
if (live) {
  const strip = new TotalsStrip(live);
  new LiveView(live, (view, now) => strip.render(view.store, now, view.configuration.thresholds));
}

const state = document.querySelector("[data-own-state]");
if (state instanceof HTMLElement) startOwnState(state);
