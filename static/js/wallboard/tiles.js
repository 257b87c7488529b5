import { setAttribute, setText } from "../live/dom.js";
import { queueFigures } from "../live/figures.js";
import { formatCount, formatDuration, formatPercent } from "../live/format.js";
import { KeyedRows } from "../live/keyed.js";
import { BY_URGENCY, queueLevels } from "./levels.js";
import { Pager } from "./pager.js";
import { Region } from "./region.js";

const CELL = { minWidth: 232, minHeight: 148, aspect: 1.7, gap: 12 };
const SCROLLING_CAPACITY = 12;
// Names longer than this get two smaller lines.
const LONG_NAME = 16;

/**
 * @typedef {{
 *   queue: import("../live/types.js").Queue,
 *   figures: import("../live/figures.js").QueueFigures,
 *   levels: ReturnType<typeof queueLevels>
 * }} Tile
 */

/** The queues as tiles. */
export class Tiles {
  #configuration;
  #region;
  #empty;
  /** @type {KeyedRows<Tile>} */
  #rows;
  pager;

  /**
   * @param {HTMLElement} root
   * @param {import("../live/types.js").Configuration} configuration
   * @param {() => void} redraw
   */
  constructor(root, configuration, redraw) {
    this.#configuration = configuration;
    const list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
    const template = /** @type {HTMLTemplateElement} */ (root.querySelector("template"));
    const pager = /** @type {HTMLElement} */ (root.querySelector("[data-pager]"));
    this.#empty = /** @type {HTMLElement} */ (root.querySelector("[data-empty]"));
    this.#region = new Region(list, CELL, SCROLLING_CAPACITY, redraw);
    this.#rows = new KeyedRows(list, template, (element, parts, tile) =>
      this.#update(element, parts, tile),
    );
    this.pager = new Pager(pager, configuration.words, redraw);
  }

  /**
   * @param {import("../live/store.js").LiveStore} store
   * @param {number} now
   */
  render(store, now) {
    const tiles = [...store.queues.values()].map((queue) => {
      const figures = queueFigures(queue, now);
      return { queue, figures, levels: queueLevels(figures, this.#configuration.thresholds) };
    });
    const capacity = this.#region.capacityFor(tiles.length);
    // What needs attention must not wait on a later page.
    const isPaged = tiles.length > capacity;
    tiles.sort((one, other) => (isPaged && urgency(one) - urgency(other)) || byName(one, other));
    this.#empty.hidden = store.isEmpty || tiles.length > 0;
    this.#rows.render(this.pager.take(tiles, capacity), (tile) => tile.queue.id);
  }

  /**
   * @param {HTMLElement} element
   * @param {Record<string, Element>} parts
   * @param {Tile} tile
   */
  #update(element, parts, { queue, figures, levels }) {
    const words = this.#configuration.words;
    setAttribute(element, "data-level", levels.worst);
    setText(parts.name, queue.name);
    setAttribute(parts.name, "title", queue.name);
    setAttribute(parts.name, "data-long", queue.name.length > LONG_NAME ? "" : null);
    const label = {
      good: words.levelGood,
      warning: words.levelWarning,
      critical: words.levelCritical,
      unknown: words.levelUnknown,
    }[levels.worst];
    setText(parts.level, label);
    setText(parts.waiting, formatCount(figures.waiting));
    setText(parts.longestWait, formatDuration(figures.longestWait));
    setText(parts.serviceLevel, formatPercent(figures.serviceLevel));
    setText(parts.answered, formatCount(figures.answered));
    setText(parts.abandoned, formatCount(figures.abandoned));
    setText(parts.averageWait, formatDuration(figures.averageWait));
    setAttribute(parts.waiting, "data-level", levels.waiting);
    setAttribute(parts.longestWait, "data-level", levels.longestWait);
    setAttribute(parts.serviceLevel, "data-level", levels.serviceLevel);
  }
}

/** @param {Tile} tile */
function urgency(tile) {
  return BY_URGENCY.indexOf(tile.levels.worst);
}

/**
 * @param {Tile} one
 * @param {Tile} other
 */
function byName(one, other) {
  return one.queue.name.localeCompare(other.queue.name);
}
