// One browser with the JavaScript clients that programs use: cometd (current and 3.x) and faye.
// Commands are lines of JSON on the standard input, what happens to the clients lines on the
// output; pilot.py names them. The cometd clients of a process are tabs: they share their cookies.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { AckExtension } from "cometd/AckExtension.js";
import { CometD } from "cometd";
import { adapt } from "cometd-nodejs-client";
import faye from "faye";

const require = createRequire(import.meta.url);
const cookies = new Map();
const clients = new Map();

const tell = (client, event, more = {}) =>
  process.stdout.write(`${JSON.stringify({ client, event, ...more })}\n`);
const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
const keep = (text) => {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(text);
  cookies.set(name.trim(), value);
};

adapt({
  cookies: {
    storeCookie: (_uri, header, done) => (keep(header), done()),
    retrieveCookies: (_context, _uri, done) => done(null, [cookieHeader()].filter(Boolean)),
  },
});
// As browsers do: cookies and the page's origin go with the upgrade, other headers cannot.
window.WebSocket = class extends window.WebSocket {
  constructor(url, protocols = []) {
    const origin = new URL(url).origin.replace("ws", "http");
    super(url, protocols, { origin, headers: { Cookie: cookieHeader() } });
  }
};

const cometdClient = (make, ack) => (name, asked) => {
  const cometd = make();
  cometd.configure({ url: asked.url, requestHeaders: asked.headers, maxBackoff: 2000 });
  cometd.getTransportTypes().forEach((type) => {
    if (type !== asked.transport) cometd.unregisterTransport(type);
  });
  if (asked.ack) cometd.registerExtension("ack", ack());
  const told = (event) => (reply) => {
    const { successful, error } = reply;
    const used = cometd.getTransport();
    const transport = used?.getType?.() ?? used?.type;
    tell(name, event, { successful, error, id: cometd.getClientId(), transport });
  };
  cometd.addListener("/meta/connect", told("connect"));
  cometd.addListener("/meta/handshake", (reply) => {
    told("handshake")(reply);
    if (!reply.successful) return;
    cometd.batch(() =>
      asked.channels.forEach((subscription) => {
        cometd.subscribe(
          subscription,
          ({ channel, data }) => tell(name, "message", { subscription, channel, data }),
          ({ successful, error }) => tell(name, "subscribe", { subscription, successful, error }),
        );
      }),
    );
  });
  cometd.handshake();
  return { close: () => cometd.disconnect(() => tell(name, "closed")) };
};

const fayeClient = (name, asked) => {
  const client = new faye.Client(asked.url, { retry: 1 });
  // A program's: its cookies are its own.
  Object.entries(asked.headers).forEach(([header, value]) => client.setHeader(header, value));
  // It shakes hands by long-polling in any case.
  if (asked.transport === "long-polling") client.disable("websocket");
  let batch = 0;
  client.addExtension({
    outgoing(message, send) {
      if (asked.ack && message.channel === "/meta/handshake") message.ext = { ack: true };
      if (asked.ack && message.channel === "/meta/connect") message.ext = { ack: batch };
      send(message);
    },
    incoming(message, hand) {
      const event = /^\/meta\/(handshake|connect|subscribe)$/.exec(message.channel)?.[1];
      if (event === "connect" && message.successful) batch = message.ext?.ack ?? batch;
      if (event === "handshake") batch = 0;
      const { successful, error, subscription, clientId: id } = message;
      const transport = client._dispatcher.connectionType;
      if (event) tell(name, event, { successful, error, subscription, id, transport });
      hand(message);
    },
  });
  asked.channels.forEach((subscription) =>
    client
      .subscribe(subscription)
      .withChannel((channel, data) => tell(name, "message", { subscription, channel, data })),
  );
  return { close: () => client.disconnect().then(() => tell(name, "closed")) };
};

const libraries = {
  cometd: cometdClient(
    () => new CometD(),
    () => new AckExtension(),
  ),
  "cometd-3": cometdClient(
    () => new (require("cometd-3").CometD)(),
    () => new (require("cometd-3/AckExtension").AckExtension ?? require("cometd-3/AckExtension"))(),
  ),
  faye: fayeClient,
};

const commands = {
  sign_in: ({ cookie }) => keep(cookie),
  open: ({ client, library, ...asked }) => clients.set(client, libraries[library](client, asked)),
  close: ({ client }) => clients.get(client).close(),
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    commands[command.op](command);
  })
  .on("close", () => process.exit(0));
