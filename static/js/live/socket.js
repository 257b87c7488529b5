import { ServerClock } from "./clock.js";

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;
const SILENCE_MS = 10_000;
const SESSION_ENDED = 4401;

/**
 * The connection to a live feed: frames in order and without gaps, or a snapshot instead. It comes
 * back by itself, later after each failure.
 */
export class LiveSocket {
  clock = new ServerClock();
  /** @type {number | null} when the last frame came, by the browser's clock */
  lastFrameMs = null;
  periodMs = 1000;

  #url;
  #onFrame;
  #onState;
  /** @type {import("./types.js").ConnectionState} */
  #state = "connecting";
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | null} null until a snapshot has come */
  #seq = null;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer = 0;
  #hasConnected = false;

  /**
   * @param {string} path
   * @param {(frame: import("./types.js").Snapshot | import("./types.js").Delta) => void} onFrame
   * @param {(state: import("./types.js").ConnectionState) => void} onState
   */
  constructor(path, onFrame, onState) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#url = url.href;
    this.#onFrame = onFrame;
    this.#onState = onState;
    addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => this.#retryNow());
    setInterval(() => this.#endSilence(), 1000);
    this.#open();
  }

  get state() {
    return this.#state;
  }

  #open() {
    clearTimeout(this.#retryTimer);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    let hasOpened = false;
    socket.addEventListener("open", () => {
      hasOpened = true;
      this.#seq = null;
      this.lastFrameMs = Date.now();
      if (this.#hasConnected) this.#askForSnapshot();
      this.#hasConnected = true;
    });
    socket.addEventListener("message", (event) => this.#receive(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (event.code === SESSION_ENDED) this.#setState("ended");
      else this.#retryLater(hasOpened);
    });
  }

  /** @param {import("./types.js").Frame} frame */
  #receive(frame) {
    this.lastFrameMs = Date.now();
    if (frame.type === "unavailable") {
      this.#setState("unavailable");
      return;
    }
    if (frame.type !== "snapshot" && frame.type !== "delta") return;
    this.clock.observe(frame.time);
    if (frame.type === "delta" && !this.#continues(frame.seq)) return;
    if (frame.type === "snapshot") this.periodMs = frame.periodMs;
    this.#seq = frame.seq;
    this.#retryMs = FIRST_RETRY_MS;
    this.#setState("live");
    this.#onFrame(frame);
  }

  /**
   * Whether the delta is the next one. After a gap nothing counts until a snapshot has come.
   * @param {number} seq
   */
  #continues(seq) {
    if (this.#seq === null) return false;
    if (seq === this.#seq + 1) return true;
    if (seq > this.#seq) {
      this.#seq = null;
      this.#askForSnapshot();
    }
    return false;
  }

  #askForSnapshot() {
    this.#socket?.send(JSON.stringify({ type: "snapshot" }));
  }

  /** @param {boolean} hadOpened */
  #retryLater(hadOpened) {
    this.#setState("lost");
    if (!hadOpened) void this.#noticeEndedSession();
    const spread = 0.75 + Math.random() / 2;
    this.#retryTimer = setTimeout(() => this.#open(), this.#retryMs * spread);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #retryNow() {
    if (this.#socket === null && this.#state === "lost" && !document.hidden) this.#open();
  }

  /** A connection can die without a word, for example when a network cable is pulled. */
  #endSilence() {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || this.lastFrameMs === null) return;
    if (Date.now() - this.lastFrameMs < Math.max(SILENCE_MS, 5 * this.periodMs)) return;
    if (this.#state === "unavailable") return;
    this.#socket = null;
    socket.close();
    this.#retryLater(true);
  }

  /** A refused handshake does not say why: a page that leads to sign-in does. */
  async #noticeEndedSession() {
    try {
      const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" });
      if (answer.type === "opaqueredirect") this.#setState("ended");
    } catch {
      // The server is away too: keep trying.
    }
  }

  /** @param {import("./types.js").ConnectionState} state */
  #setState(state) {
    if (this.#state === "ended" || this.#state === state) return;
    this.#state = state;
    if (state === "ended") clearTimeout(this.#retryTimer);
    this.#onState(state);
  }
}
