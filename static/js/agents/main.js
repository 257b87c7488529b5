import { LiveView } from "../live/live-view.js";
import { TotalsStrip } from "../live/strip.js";
import { Filters } from "./filters.js";
import { AgentTable } from "./table.js";

const root = /** @type {HTMLElement} */ (document.getElementById("live-agents"));
const filters = new Filters(root, () => view.redraw());
const table = new AgentTable(root, filters, () => view.redraw());
const view = new LiveView(root, (live, now) => {
  strip.render(live.store, now, live.configuration.thresholds);
  filters.offer(live.store);
  table.render(live.store, now, live.configuration);
});
const strip = new TotalsStrip(root);
