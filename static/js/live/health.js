import { fill } from "./configuration.js";
import { setAttribute, setText } from "./dom.js";
import { formatTime } from "./format.js";

const STALE_PERIODS = 2;

/**
 * How fresh the numbers are: their age, the look of stale ones, and a banner when none come.
 * Only changes of the connection are announced to screen readers, not each second's age.
 */
export class Health {
  #root;
  #words;
  #banner;
  #age;
  /** @type {number | null} the server's time in the last frame */
  #frameTime = null;
  #wasLost = false;
  #isStale = false;

  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} words
   */
  constructor(root, words) {
    this.#root = root;
    this.#words = words;
    this.#banner = root.querySelector("[data-live-banner]");
    this.#age = root.querySelector("[data-live-age]");
  }

  /** @param {number} time */
  frameCame(time) {
    this.#frameTime = time;
  }

  /**
   * @param {import("./socket.js").LiveSocket} socket
   * @param {string | undefined} timeZone
   */
  render(socket, timeZone) {
    const state = socket.state;
    const ageMs = this.#frameTime === null ? null : socket.clock.now() - this.#frameTime;
    const isLate = ageMs !== null && ageMs > STALE_PERIODS * socket.periodMs + 500;
    this.#isStale = state !== "live" || isLate;
    setAttribute(this.#root, "data-stale", this.#isStale && ageMs !== null ? "" : null);
    setAttribute(this.#root, "data-connection", isLate && state === "live" ? "late" : state);
    setText(this.#age, this.#ageText(ageMs));
    this.#renderBanner(this.#problem(state, isLate, timeZone));
  }

  /**
   * The time that the numbers are of: what stale ones say does not grow.
   * @param {number} now
   */
  numbersTime(now) {
    return this.#isStale && this.#frameTime !== null ? this.#frameTime : now;
  }

  /** @param {number | null} ageMs */
  #ageText(ageMs) {
    if (ageMs === null) return this.#words.connecting;
    const seconds = Math.max(0, Math.round(ageMs / 1000));
    const age = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
    return fill(this.#words.updated, { age });
  }

  /**
   * @param {import("./types.js").ConnectionState} state
   * @param {boolean} isLate
   * @param {string | undefined} timeZone
   */
  #problem(state, isLate, timeZone) {
    const time = this.#frameTime === null ? "" : formatTime(this.#frameTime, timeZone);
    if (state === "unavailable") {
      return fill(time ? this.#words.unavailable : this.#words.unavailableFromStart, { time });
    }
    if (state === "lost") return fill(time ? this.#words.lost : this.#words.neverConnected, { time });
    if (state === "live" && isLate) return fill(this.#words.stale, { time });
    return "";
  }

  /** @param {string} problem */
  #renderBanner(problem) {
    const banner = this.#banner;
    if (!(banner instanceof HTMLElement)) return;
    const text = banner.querySelector("[data-live-banner-text]");
    if (problem) {
      this.#wasLost = true;
      setAttribute(banner, "data-kind", "problem");
      setText(text, problem);
      banner.hidden = false;
    } else if (this.#wasLost) {
      this.#wasLost = false;
      setAttribute(banner, "data-kind", "restored");
      setText(text, this.#words.restored);
      setTimeout(() => {
        if (!this.#wasLost) banner.hidden = true;
      }, 4000);
    }
  }
}
