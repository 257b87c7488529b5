import { fitGrid } from "./fit.js";

// Below this the page scrolls, and a list shows so many at once.
const fillsScreen = matchMedia("(min-width: 992px) and (min-height: 540px)");

/** The place of a list: how many cells it holds at its present size. */
export class Region {
  #element;
  #cell;
  #scrollingCapacity;

  /**
   * @param {HTMLElement} element
   * @param {{ minWidth: number, minHeight: number, aspect: number, gap: number }} cell
   * @param {number} scrollingCapacity
   * @param {() => void} onResize
   */
  constructor(element, cell, scrollingCapacity, onResize) {
    this.#element = element;
    this.#cell = cell;
    this.#scrollingCapacity = scrollingCapacity;
    new ResizeObserver(onResize).observe(element);
    fillsScreen.addEventListener("change", onResize);
  }

  /** @param {number} count */
  capacityFor(count) {
    if (!fillsScreen.matches) return this.#scrollingCapacity;
    const area = { width: this.#element.clientWidth, height: this.#element.clientHeight };
    const fit = fitGrid(area, count, this.#cell);
    this.#element.style.setProperty("--columns", String(fit.columns));
    this.#element.style.setProperty("--rows", String(fit.rows));
    return fit.capacity;
  }
}
