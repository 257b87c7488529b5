import { totals } from "./figures.js";
import { setAttribute, setText } from "./dom.js";
import { DASH, formatCount, formatDuration } from "./format.js";

/** The totals of all queues and agents, in the elements marked with data-total. */
export class TotalsStrip {
  #cells;

  /** @param {Element} root */
  constructor(root) {
    this.#cells = [...root.querySelectorAll("[data-total]")];
  }

  /**
   * @param {import("./store.js").LiveStore} store
   * @param {number} now
   * @param {import("./types.js").Configuration["thresholds"]} thresholds
   */
  render(store, now, thresholds) {
    const sums = totals(store, now);
    for (const cell of this.#cells) {
      const name = cell.getAttribute("data-total") ?? "";
      const value = sums[/** @type {keyof typeof sums} */ (name)];
      const text = name === "longestWait" ? formatDuration(value) : formatCount(value);
      setText(cell, store.isEmpty ? DASH : text);
      if (name === "longestWait") {
        const limit = thresholds.longestWaitSeconds;
        const isHigh = value !== null && value >= limit.warning;
        const level = isHigh ? (value >= limit.critical ? "critical" : "warning") : null;
        setAttribute(cell, "data-level", level);
      }
    }
  }
}
