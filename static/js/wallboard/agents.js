import { fill } from "../live/configuration.js";
import { setAttribute, setText } from "../live/dom.js";
import { agentActivity } from "../live/figures.js";
import { DASH, formatDuration } from "../live/format.js";
import { KeyedRows } from "./keyed.js";
import { Pager } from "./pager.js";
import { Region } from "./region.js";

const ROOMY = { minWidth: 420, minHeight: 48, aspect: 9, gap: 6 };
const DENSE = { minWidth: 340, minHeight: 36, aspect: 9, gap: 4 };
const SCROLLING_CAPACITY = 25;
const ORDER = ["Ringing", "OnCall", "Ready", "NotReady", "LoggedOut"];

/** The agents as rows. */
export class Agents {
  #words;
  #list;
  #empty;
  #roomy;
  #dense;
  /** @type {KeyedRows<import("../live/types.js").Agent>} */
  #rows;
  /** @type {import("../live/store.js").LiveStore | null} */
  #store = null;
  #now = 0;
  pager;
  hidesLoggedOut = false;

  /**
   * @param {HTMLElement} root
   * @param {import("../live/types.js").Configuration} configuration
   * @param {() => void} redraw
   */
  constructor(root, configuration, redraw) {
    this.#words = configuration.words;
    this.#list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
    const template = /** @type {HTMLTemplateElement} */ (root.querySelector("template"));
    const pager = /** @type {HTMLElement} */ (root.querySelector("[data-pager]"));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector("[data-empty]"));
    this.#roomy = new Region(this.#list, ROOMY, SCROLLING_CAPACITY, redraw);
    this.#dense = new Region(this.#list, DENSE, SCROLLING_CAPACITY, redraw);
    this.#rows = new KeyedRows(this.#list, template, (element, parts, agent) =>
      this.#update(element, parts, agent),
    );
    this.pager = new Pager(pager, configuration.words, redraw);
  }

  /**
   * @param {import("../live/store.js").LiveStore} store
   * @param {number} now
   */
  render(store, now) {
    this.#store = store;
    this.#now = now;
    const agents = [...store.agents.values()].filter(
      (agent) => !this.hidesLoggedOut || agent.state !== "LoggedOut" || agent.call,
    );
    agents.sort(
      (one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name),
    );
    const capacity = this.#capacityFor(agents.length);
    this.#empty.hidden = store.isEmpty || agents.length > 0;
    this.#rows.render(this.pager.take(agents, capacity), (agent) => agent.id);
  }

  /**
   * Large rows for a few agents, small ones for many.
   * @param {number} count
   */
  #capacityFor(count) {
    const roomy = this.#roomy.capacityFor(count);
    const isDense = count > roomy;
    this.#list.classList.toggle("is-dense", isDense);
    return isDense ? this.#dense.capacityFor(count) : roomy;
  }

  /**
   * @param {HTMLElement} element
   * @param {Record<string, Element>} parts
   * @param {import("../live/types.js").Agent} agent
   */
  #update(element, parts, agent) {
    const activity = agentActivity(agent);
    setAttribute(element, "data-activity", activity);
    setAttribute(element, "title", agent.name);
    setText(parts.name, agent.name);
    setText(parts.state, agent.displayName || this.#stateName(agent.state));
    setText(parts.reason, agent.reason ?? "");
    setText(parts.since, this.#elapsed(agent.since));
    setText(parts.call, agent.call ? this.#callText(agent.call) : "");
    setText(parts.callTime, agent.call ? this.#elapsed(agent.call.since) : "");
  }

  /** @param {string} state */
  #stateName(state) {
    const { ready, notReady, loggedOut } = this.#words;
    return { Ready: ready, NotReady: notReady, LoggedOut: loggedOut }[state] ?? state;
  }

  /** @param {number | null | undefined} since */
  #elapsed(since) {
    return since ? formatDuration((this.#now - since) / 1000) : DASH;
  }

  /** @param {import("../live/types.js").AgentCall} call */
  #callText(call) {
    const queue = call.queueId ? this.#store?.queues.get(call.queueId)?.name : undefined;
    const text = queue ? fill(this.#words.callOf, { queue }) : this.#words.directCall;
    const notes = { Ringing: this.#words.ringing, Dialing: this.#words.ringing, Held: this.#words.onHold };
    const note = notes[/** @type {keyof typeof notes} */ (call.state)];
    return note ? `${text}, ${note}` : text;
  }
}

/** @param {import("../live/types.js").Agent} agent */
function rank(agent) {
  const place = ORDER.indexOf(agentActivity(agent));
  return place < 0 ? ORDER.length : place;
}
