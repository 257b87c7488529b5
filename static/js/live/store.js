/** What the frames add up to. */
export class LiveStore {
  /** @type {import("./types.js").ContactCenter | null} */
  contactCenter = null;
  /** @type {Map<string, import("./types.js").Queue>} */
  queues = new Map();
  /** @type {Map<string, import("./types.js").Queue>} */
  skills = new Map();
  /** @type {Map<string, import("./types.js").Agent>} */
  agents = new Map();

  get isEmpty() {
    return this.contactCenter === null;
  }

  /** @param {import("./types.js").Snapshot | import("./types.js").Delta} frame */
  apply(frame) {
    if (frame.type === "snapshot") {
      this.contactCenter = frame.contactCenter;
      this.queues.clear();
      this.skills.clear();
      this.agents.clear();
    } else {
      for (const id of frame.removed?.queues ?? []) this.queues.delete(id);
      for (const id of frame.removed?.skills ?? []) this.skills.delete(id);
      for (const id of frame.removed?.agents ?? []) this.agents.delete(id);
    }
    for (const row of frame.queues ?? []) merge(this.queues, row);
    for (const row of frame.skills ?? []) merge(this.skills, row);
    for (const agent of frame.agents ?? []) this.agents.set(agent.id, agent);
  }
}

/**
 * @param {Map<string, import("./types.js").Queue>} rows
 * @param {import("./types.js").StatisticsRow} row
 */
function merge(rows, row) {
  const known = rows.get(row.id);
  rows.set(row.id, {
    id: row.id,
    name: row.name ?? known?.name ?? "",
    statistics: { ...known?.statistics, ...row.statistics },
  });
}
