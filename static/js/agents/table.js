import { AgentWords, elapsed } from "../live/agent-words.js";
import { fill } from "../live/configuration.js";
import { setAttribute, setText } from "../live/dom.js";
import { agentActivity } from "../live/figures.js";
import { KeyedRows } from "../live/keyed.js";

const ORDER = ["Ringing", "OnCall", "Ready", "NotReady", "LoggedOut"];
// Rows above and below what is seen, so that a quick wheel finds them drawn.
const SPARE_ROWS = 8;

/**
 * @typedef {import("../live/types.js").Agent} Agent
 * @typedef {{ agent: Agent, place: number }} Row
 * @typedef {(one: Agent, other: Agent) => number} Comparison
 */

/** @type {Record<string, Comparison>} */
const COMPARISONS = {
  name: (one, other) => one.name.localeCompare(other.name),
  state: (one, other) => rank(one) - rank(other),
  // The longest first when ascending by the moment it began; who has none comes last.
  since: (one, other) => (one.since ?? Infinity) - (other.since ?? Infinity),
  call: (one, other) => (one.call?.since ?? Infinity) - (other.call?.since ?? Infinity),
};

/** All agents in one scrolling table, of which only the rows that are seen exist. */
export class AgentTable {
  #filters;
  #scroller;
  #body;
  #table;
  #summary;
  #empty;
  #clear;
  #headers;
  /** @type {KeyedRows<Row>} */
  #rows;
  #sort;
  #isDescending;
  #now = 0;
  /** @type {import("../live/store.js").LiveStore | null} */
  #store = null;
  /** @type {import("../live/types.js").Configuration | null} */
  #configuration = null;
  /** @type {AgentWords | null} */
  #words = null;

  /**
   * @param {HTMLElement} root
   * @param {import("./filters.js").Filters} filters
   * @param {() => void} redraw
   */
  constructor(root, filters, redraw) {
    /** @param {string} selector */
    const find = (selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.#filters = filters;
    this.#scroller = find("[data-scroller]");
    this.#table = find("[role=table]");
    this.#body = find("[data-rows]");
    this.#summary = find("[data-summary]");
    this.#empty = find("[data-empty]");
    this.#clear = find("[data-clear]");
    this.#headers = [...root.querySelectorAll("[data-sort]")];
    const template = /** @type {HTMLTemplateElement} */ (root.querySelector("template"));
    this.#rows = new KeyedRows(this.#body, template, (element, parts, row) =>
      this.#update(element, parts, row),
    );
    const asked = new URLSearchParams(location.search).get("sort") ?? "state";
    this.#isDescending = asked.startsWith("-");
    const name = asked.replace(/^-/, "");
    this.#sort = name in COMPARISONS ? name : "state";
    this.#scroller.addEventListener("scroll", redraw, { passive: true });
    addEventListener("resize", redraw);
    for (const header of this.#headers) {
      header.addEventListener("click", () => {
        this.#sortBy(header.getAttribute("data-sort") ?? "state");
        redraw();
      });
    }
  }

  /**
   * @param {import("../live/store.js").LiveStore} store
   * @param {number} now
   * @param {import("../live/types.js").Configuration} configuration
   */
  render(store, now, configuration) {
    this.#store = store;
    this.#now = now;
    this.#configuration = configuration;
    this.#words ??= new AgentWords(configuration.words);
    const found = [...store.agents.values()].filter((agent) => this.#filters.matches(agent));
    found.sort((one, other) => this.#compare(one, other));
    this.#showCount(found.length);
    const height = this.#rowHeight;
    this.#body.style.height = `${found.length * height}px`;
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / height) - SPARE_ROWS);
    const seen = Math.ceil(this.#scroller.clientHeight / height) + 2 * SPARE_ROWS;
    const rows = found
      .slice(first, first + seen)
      .map((agent, index) => ({ agent, place: first + index }));
    this.#rows.render(rows, (row) => row.agent.id);
    this.#showSort();
  }

  get #rowHeight() {
    return parseFloat(getComputedStyle(this.#body).getPropertyValue("--row-height")) || 48;
  }

  /** @param {number} count */
  #showCount(count) {
    const all = this.#store?.agents.size ?? 0;
    const words = this.#configuration?.words ?? {};
    const text = fill(this.#filters.isActive ? words.agentsFound : words.agentsAll, {
      count,
      all,
    });
    setText(this.#summary, this.#store?.isEmpty ? "" : text);
    setAttribute(this.#table, "aria-rowcount", String(count + 1));
    this.#empty.hidden = count > 0 || (this.#store?.isEmpty ?? true);
    this.#clear.hidden = !this.#filters.isActive;
  }

  /** @type {Comparison} */
  #compare(one, other) {
    const difference = COMPARISONS[this.#sort](one, other) || 0;
    const sign = this.#isDescending ? -1 : 1;
    return sign * difference || COMPARISONS.name(one, other) || (one.id < other.id ? -1 : 1);
  }

  /** @param {string} name */
  #sortBy(name) {
    this.#isDescending = this.#sort === name && !this.#isDescending;
    this.#sort = name;
    const query = new URLSearchParams(location.search);
    query.set("sort", (this.#isDescending ? "-" : "") + name);
    history.replaceState(null, "", `?${query}`);
  }

  #showSort() {
    for (const header of this.#headers) {
      const isSorted = header.getAttribute("data-sort") === this.#sort;
      const direction = this.#isDescending ? "descending" : "ascending";
      const cell = /** @type {Element} */ (header.closest("[role=columnheader]"));
      setAttribute(cell, "aria-sort", isSorted ? direction : "none");
    }
  }

  /**
   * @param {HTMLElement} element
   * @param {Record<string, Element>} parts
   * @param {Row} row
   */
  #update(element, parts, { agent, place }) {
    const activity = agentActivity(agent);
    const words = /** @type {AgentWords} */ (this.#words);
    setAttribute(element, "data-activity", activity);
    setAttribute(element, "data-level", this.#level(agent, activity));
    setAttribute(element, "aria-rowindex", String(place + 2));
    element.style.transform = `translateY(${place * this.#rowHeight}px)`;
    setText(parts.name, agent.name);
    if (parts.name instanceof HTMLAnchorElement) {
      setAttribute(parts.name, "href", `/supervision/agents/${agent.id}`);
    }
    setText(parts.state, words.state(agent));
    setText(parts.reason, agent.reason ?? "");
    setText(parts.since, elapsed(agent.since, this.#now));
    setText(parts.call, agent.call ? words.call(agent.call, this.#store?.queues) : "");
    setText(parts.callTime, agent.call ? elapsed(agent.call.since, this.#now) : "");
    setText(parts.skills, (agent.skills ?? []).join(", "));
  }

  /**
   * How alarming it is that the agent has been doing this for so long.
   * @param {Agent} agent
   * @param {string} activity
   */
  #level(agent, activity) {
    const since = agent.call ? agent.call.since : agent.since;
    const limits = this.#configuration?.timeInStateSeconds[activity];
    if (!since || !limits) return null;
    const seconds = (this.#now - since) / 1000;
    if (seconds >= limits.critical) return "critical";
    return seconds >= limits.warning ? "warning" : null;
  }
}

/** @param {Agent} agent */
function rank(agent) {
  const place = ORDER.indexOf(agentActivity(agent));
  return place < 0 ? ORDER.length : place;
}
