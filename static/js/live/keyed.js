import { partsOf } from "./dom.js";

/**
 * Rows of a container, kept by key: a row that stays is moved or changed, never made anew.
 * @template Item
 */
export class KeyedRows {
  #container;
  #template;
  #update;
  /** @type {Map<string, { element: HTMLElement, parts: Record<string, Element> }>} */
  #rows = new Map();

  /**
   * @param {Element} container
   * @param {HTMLTemplateElement} template with one element
   * @param {(element: HTMLElement, parts: Record<string, Element>, item: Item) => void} update
   */
  constructor(container, template, update) {
    this.#container = container;
    this.#template = template;
    this.#update = update;
  }

  /**
   * @param {Item[]} items
   * @param {(item: Item) => string} keyOf
   */
  render(items, keyOf) {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    let place = this.#container.firstElementChild;
    for (const item of items) {
      const row = this.#row(keyOf(item));
      this.#update(row.element, row.parts, item);
      if (row.element === place) place = place.nextElementSibling;
      else this.#container.insertBefore(row.element, place);
    }
  }

  /** @param {string} key */
  #row(key) {
    let row = this.#rows.get(key);
    if (!row) {
      const element = /** @type {HTMLElement} */ (
        this.#template.content.firstElementChild?.cloneNode(true)
      );
      row = { element, parts: partsOf(element) };
      this.#rows.set(key, row);
    }
    return row;
  }
}
