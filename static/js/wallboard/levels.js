/** @typedef {"good" | "warning" | "critical" | "unknown"} Level */

/** @type {Level[]} the most urgent first */
export const BY_URGENCY = ["critical", "warning", "unknown", "good"];

/**
 * @param {number | null} value
 * @param {import("../live/types.js").Threshold} threshold a falling one if critical is the lower
 * @returns {Level}
 */
export function levelOf(value, threshold) {
  if (value === null) return "unknown";
  const isRising = threshold.critical >= threshold.warning;
  /** @param {number} limit */
  const isBeyond = (limit) => (isRising ? value >= limit : value < limit);
  if (isBeyond(threshold.critical)) return "critical";
  return isBeyond(threshold.warning) ? "warning" : "good";
}

/**
 * @param {import("../live/figures.js").QueueFigures} figures
 * @param {import("../live/types.js").Configuration["thresholds"]} thresholds
 */
export function queueLevels(figures, thresholds) {
  const levels = {
    waiting: levelOf(figures.waiting, thresholds.waiting),
    longestWait: levelOf(figures.longestWait, thresholds.longestWaitSeconds),
    serviceLevel: levelOf(figures.serviceLevel, thresholds.serviceLevelPercent),
  };
  const known = new Set(Object.values(levels));
  // One unknown figure does not hide what the others say.
  const worst = BY_URGENCY.find((level) => level !== "unknown" && known.has(level)) ?? "unknown";
  return { ...levels, worst };
}
