import { readConfiguration } from "./configuration.js";
import { Health } from "./health.js";
import { LiveSocket } from "./socket.js";
import { LiveStore } from "./store.js";

/**
 * A part of a page that lives on the feed: draws after each frame and each second, and goes to
 * sign-in when the session has ended.
 */
export class LiveView {
  configuration = readConfiguration();
  store = new LiveStore();
  #socket;
  #health;
  #draw;
  #isDrawing = false;

  /**
   * @param {HTMLElement} root
   * @param {(view: LiveView, now: number) => void} draw
   */
  constructor(root, draw) {
    this.#draw = draw;
    this.#health = new Health(root, this.configuration.words);
    this.#socket = new LiveSocket(
      this.configuration.socketPath,
      (frame) => {
        this.store.apply(frame);
        this.#health.frameCame(frame.time);
        this.redraw();
      },
      (state) => (state === "ended" ? this.#signIn() : this.redraw()),
    );
    this.#tick();
  }

  get timeZone() {
    return this.store.contactCenter?.timeZone;
  }

  /** The server's time. */
  now() {
    return this.#socket.clock.now();
  }

  /** Draw before the next picture, once, however often asked. */
  redraw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#health.render(this.#socket, this.timeZone);
      this.#draw(this, this.#health.numbersTime(this.now()));
    });
  }

  /** Once a second, when the server's clock turns to the next one. */
  #tick() {
    this.redraw();
    setTimeout(() => this.#tick(), 1000 - (this.now() % 1000));
  }

  #signIn() {
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${this.configuration.signInPath}?next=${back}`);
  }
}
