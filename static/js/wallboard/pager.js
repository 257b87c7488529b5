import { fill } from "../live/configuration.js";
import { setText } from "../live/dom.js";

const SHOWN_MS = 12_000;

/** Goes through the pages of a list that is longer than its place, by itself or by its buttons. */
export class Pager {
  #root;
  #words;
  #label;
  #onTurn;
  #page = 0;
  #pages = 1;
  #turnedAt = Date.now();
  isPaused = false;

  /**
   * @param {HTMLElement} root with buttons data-turn="-1" and "1"
   * @param {Record<string, string>} words
   * @param {() => void} onTurn
   */
  constructor(root, words, onTurn) {
    this.#root = root;
    this.#words = words;
    this.#label = root.querySelector("[data-pager-label]");
    this.#onTurn = onTurn;
    for (const button of root.querySelectorAll("button[data-turn]")) {
      button.addEventListener("click", () => this.#turn(Number(button.getAttribute("data-turn"))));
    }
  }

  /**
   * The part of the items that is on show now.
   * @template Item
   * @param {Item[]} items
   * @param {number} capacity
   */
  take(items, capacity) {
    this.#pages = Math.max(1, Math.ceil(items.length / capacity));
    if (this.#pages > 1 && !this.isPaused && !this.#isHeld()) this.#turnWhenDue();
    this.#page = Math.min(this.#page, this.#pages - 1);
    this.#root.hidden = this.#pages === 1;
    setText(this.#label, fill(this.#words.page, { page: this.#page + 1, pages: this.#pages }));
    return items.slice(this.#page * capacity, (this.#page + 1) * capacity);
  }

  get hasPages() {
    return this.#pages > 1;
  }

  #turnWhenDue() {
    if (Date.now() - this.#turnedAt < SHOWN_MS) return;
    this.#page = (this.#page + 1) % this.#pages;
    this.#turnedAt = Date.now();
  }

  /** Whoever points at the list or tabs through it reads it. */
  #isHeld() {
    const region = this.#root.closest("section");
    return Boolean(region?.matches(":hover, :focus-within"));
  }

  /** @param {number} step */
  #turn(step) {
    this.#page = (this.#page + step + this.#pages) % this.#pages;
    this.#turnedAt = Date.now();
    this.#onTurn();
  }
}
