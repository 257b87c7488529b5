// The frames of /ws/supervision, and what the pages keep of them.

/**
 * @typedef {{ value: number | null, time: number }} Statistic
 * @typedef {Record<string, Statistic>} Statistics
 * @typedef {{ id: string, name?: string, statistics?: Statistics }} StatisticsRow
 * @typedef {{ id: string, state: string, since: number, queueId?: string | null }} AgentCall
 * @typedef {{
 *   id: string, name: string, state: string, displayName?: string, reason?: string,
 *   workMode?: string, since: number | null, call?: AgentCall | null, skills?: string[]
 * }} Agent
 * @typedef {{ id: string, name: string, timeZone: string }} ContactCenter
 * @typedef {{
 *   type: "snapshot", seq: number, time: number, contactCenter: ContactCenter, periodMs: number,
 *   queues: StatisticsRow[], agents: Agent[], skills: StatisticsRow[]
 * }} Snapshot
 * @typedef {{ queues?: string[], agents?: string[], skills?: string[] }} Removed
 * @typedef {{
 *   type: "delta", seq: number, time: number,
 *   queues?: StatisticsRow[], agents?: Agent[], skills?: StatisticsRow[], removed?: Removed
 * }} Delta
 * @typedef {{ type: "unavailable" }} Unavailable
 * @typedef {Snapshot | Delta | Unavailable} Frame
 * @typedef {"connecting" | "live" | "lost" | "unavailable" | "ended"} ConnectionState
 * @typedef {{ id: string, name: string, statistics: Statistics }} Queue
 * @typedef {{ warning: number, critical: number }} Threshold
 * @typedef {{
 *   socketPath: string, signInPath: string,
 *   thresholds: { waiting: Threshold, longestWaitSeconds: Threshold, serviceLevelPercent: Threshold },
 *   timeInStateSeconds: Record<string, Threshold>, words: Record<string, string>
 * }} Configuration
 */

export {};
