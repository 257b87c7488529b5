// So many Bayeux clients of one server, in one process, as small as can be. Commands are lines of
// JSON: `open` connects them and answers with the seconds that it took; `begin` forgets what has
// come; `take` answers with how many messages came and how long they were under way.

import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import WebSocket from "ws";

const AT_ONCE = 50;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
let delays = [];
let ids = 0;

const now = () => performance.timeOrigin + performance.now();
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

// What is published may have an id as well.
const isReply = (one) => one.successful !== undefined;

const note = ({ data }) => {
  // The moment of publication begins the text of every message, whatever its shape.
  const text = data.text ?? data.service.name;
  delays.push(now() - parseFloat(text));
};

class Client {
  constructor({ url, transport, headers, channels }) {
    Object.assign(this, { url, transport, headers, channels, cookie: "" });
  }

  async open() {
    if (this.transport === "websocket") await this.#openSocket();
    const { clientId } = await this.#ask("/meta/handshake", {
      version: "1.0",
      supportedConnectionTypes: [this.transport],
    });
    this.clientId = clientId;
    await this.#ask("/meta/subscribe", { subscription: this.channels });
    await this.#connect({ advice: { timeout: 0 } });
    this.#connectForEver();
  }

  async #connectForEver() {
    for (;;) await this.#connect({});
  }

  #connect(more) {
    return this.#ask("/meta/connect", { connectionType: this.transport, ...more });
  }

  async #ask(channel, more) {
    const message = { channel, id: String(++ids), ...more };
    if (this.clientId) message.clientId = this.clientId;
    const send = this.transport === "websocket" ? this.#bySocket : this.#byPost;
    const reply = await send.call(this, message);
    if (!reply.successful) throw new Error(JSON.stringify(reply));
    return reply;
  }

  #take(messages) {
    messages.filter((one) => !isReply(one)).forEach(note);
    return messages.filter(isReply);
  }

  #byPost(message) {
    const body = JSON.stringify([message]);
    const headers = {
      ...this.headers,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    };
    if (this.cookie) headers.Cookie = this.cookie;
    return new Promise((done, fail) => {
      const asked = request(this.url, { method: "POST", agent, headers }, (answer) => {
        for (const one of answer.headers["set-cookie"] ?? []) this.cookie = one.split(";")[0];
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part) => (text += part));
        answer.on("end", () => {
          if (answer.statusCode !== 200) return fail(new Error(`${answer.statusCode} ${text}`));
          done(this.#take(JSON.parse(text)).find(({ id }) => id === message.id));
        });
      });
      asked.on("error", fail);
      asked.end(body);
    });
  }

  #openSocket() {
    this.waiting = new Map();
    this.socket = new WebSocket(this.url.replace("http", "ws"), { headers: this.headers });
    this.socket.on("message", (text) => {
      for (const one of this.#take(JSON.parse(text))) {
        this.waiting.get(one.id)?.(one);
        this.waiting.delete(one.id);
      }
    });
    return new Promise((done, fail) => this.socket.on("open", done).on("error", fail));
  }

  #bySocket(message) {
    const answered = new Promise((done) => this.waiting.set(message.id, done));
    this.socket.send(JSON.stringify([message]));
    return answered;
  }
}

const commands = {
  async open({ clients, ...all }) {
    const began = now();
    const rest = clients.map((one) => new Client({ ...all, ...one }));
    const work = async () => {
      for (let one = rest.pop(); one; one = rest.pop()) await one.open();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    say({ seconds: (now() - began) / 1000 });
  },
  begin() {
    delays = [];
    say({});
  },
  take() {
    const sorted = delays.toSorted((one, other) => one - other);
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    say({ count: sorted.length, p50: at(0.5), p99: at(0.99) });
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { op, ...more } = JSON.parse(line);
    commands[op](more);
  })
  .on("close", () => process.exit(0));
