import { AgentWords, elapsed } from "../live/agent-words.js";
import { setAttribute, setText } from "../live/dom.js";
import { agentActivity } from "../live/figures.js";
import { KeyedRows } from "../live/keyed.js";
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
    this.#words = new AgentWords(configuration.words);
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
    setText(parts.state, this.#words.state(agent));
    setText(parts.reason, agent.reason ?? "");
    setText(parts.since, elapsed(agent.since, this.#now));
    setText(parts.call, agent.call ? this.#words.call(agent.call, this.#store?.queues) : "");
    setText(parts.callTime, agent.call ? elapsed(agent.call.since, this.#now) : "");
  }
}

/** @param {import("../live/types.js").Agent} agent */
function rank(agent) {
  const place = ORDER.indexOf(agentActivity(agent));
  return place < 0 ? ORDER.length : place;
}
