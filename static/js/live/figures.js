// What is known of queues and agents, as numbers; null where nothing is known.

/**
 * @param {import("./types.js").Queue} queue
 * @param {string} name
 * @returns {number | null}
 */
function value(queue, name) {
  return queue.statistics[name]?.value ?? null;
}

/**
 * @typedef {{
 *   waiting: number | null, longestWait: number | null, serviceLevel: number | null,
 *   answered: number | null, abandoned: number | null, averageWait: number | null
 * }} QueueFigures
 */

/**
 * @param {import("./types.js").Queue} queue
 * @param {number} now the server's time
 * @returns {QueueFigures}
 */
export function queueFigures(queue, now) {
  const waiting = value(queue, "Current_In_Queue");
  const answered = value(queue, "Total_Answered");
  const abandoned = value(queue, "Total_Abandoned");
  // Of no calls there is no share and no average, whatever number stands for it.
  const hasCalls = answered === null || abandoned === null || answered + abandoned > 0;
  return {
    waiting,
    longestWait: longestWait(queue, waiting, now),
    serviceLevel: hasCalls ? value(queue, "ServiceLevel") : null,
    answered,
    abandoned,
    averageWait: hasCalls ? value(queue, "AverageWaitingTime") : null,
  };
}

/**
 * Goes on between frames while calls wait.
 * @param {import("./types.js").Queue} queue
 * @param {number | null} waiting
 * @param {number} now
 */
function longestWait(queue, waiting, now) {
  const statistic = queue.statistics["CurrMaxCallWaitingTime"];
  if (statistic?.value === undefined || statistic.value === null) return null;
  if (waiting === 0) return 0;
  return statistic.value + Math.max(0, now - statistic.time) / 1000;
}

/**
 * Ready, NotReady, LoggedOut, or OnCall, whatever the state under the call.
 * @param {import("./types.js").Agent} agent
 */
export function agentActivity(agent) {
  if (agent.call) return agent.call.state === "Ringing" ? "Ringing" : "OnCall";
  return agent.state;
}

/**
 * @typedef {{
 *   waiting: number | null, longestWait: number | null, answered: number | null,
 *   abandoned: number | null, ready: number, onCall: number, notReady: number, loggedOut: number
 * }} Totals
 */

/**
 * @param {import("./store.js").LiveStore} store
 * @param {number} now
 * @returns {Totals}
 */
export function totals(store, now) {
  const all = [...store.queues.values()].map((queue) => queueFigures(queue, now));
  const activities = [...store.agents.values()].map(agentActivity);
  /** @param {string[]} names */
  const agents = (...names) => activities.filter((activity) => names.includes(activity)).length;
  return {
    waiting: sum(all.map((figures) => figures.waiting)),
    longestWait: greatest(all.map((figures) => figures.longestWait)),
    answered: sum(all.map((figures) => figures.answered)),
    abandoned: sum(all.map((figures) => figures.abandoned)),
    ready: agents("Ready"),
    onCall: agents("OnCall", "Ringing"),
    notReady: agents("NotReady"),
    loggedOut: agents("LoggedOut"),
  };
}

/** @param {(number | null)[]} values */
function sum(values) {
  const known = values.filter((one) => one !== null);
  return known.length > 0 ? known.reduce((total, one) => total + one, 0) : null;
}

/** @param {(number | null)[]} values */
function greatest(values) {
  const known = values.filter((one) => one !== null);
  return known.length > 0 ? Math.max(...known) : null;
}
