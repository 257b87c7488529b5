const SAMPLES = 60;

/**
 * The server's time as far as the browser can know it. Each frame says when it was sent; the one
 * that travelled shortest tells most about the difference of the clocks.
 */
export class ServerClock {
  /** @type {number[]} */
  #differences = [];

  /** @param {number} sentMs the server's time in a frame that has just come */
  observe(sentMs) {
    this.#differences.push(Date.now() - sentMs);
    if (this.#differences.length > SAMPLES) this.#differences.shift();
  }

  now() {
    if (this.#differences.length === 0) return Date.now();
    return Date.now() - Math.min(...this.#differences);
  }
}
