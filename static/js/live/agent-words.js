import { fill } from "./configuration.js";
import { DASH, formatDuration } from "./format.js";

/** An agent in words, as every live page says them. */
export class AgentWords {
  #words;

  /** @param {Record<string, string>} words */
  constructor(words) {
    this.#words = words;
  }

  /** @param {import("./types.js").Agent} agent */
  state(agent) {
    const { ready, notReady, loggedOut } = this.#words;
    const usual = { Ready: ready, NotReady: notReady, LoggedOut: loggedOut };
    return (
      agent.displayName || (usual[/** @type {keyof typeof usual} */ (agent.state)] ?? agent.state)
    );
  }

  /**
   * @param {import("./types.js").AgentCall} call
   * @param {Map<string, import("./types.js").Queue> | undefined} queues
   */
  call(call, queues) {
    const queue = call.queueId ? queues?.get(call.queueId)?.name : undefined;
    const text = queue ? fill(this.#words.callOf, { queue }) : this.#words.directCall;
    const notes = {
      Ringing: this.#words.ringing,
      Dialing: this.#words.ringing,
      Held: this.#words.onHold,
    };
    const note = notes[/** @type {keyof typeof notes} */ (call.state)];
    return note ? `${text}, ${note}` : text;
  }
}

/**
 * @param {number | null | undefined} since
 * @param {number} now
 */
export function elapsed(since, now) {
  return since ? formatDuration((now - since) / 1000) : DASH;
}
