// The application that the portal's notifications are measured against: `comet_peer.js node` is
// cometd-nodejs-server, `comet_peer.js faye` is faye. Events come as POST /publish, an array of
// {channel, data}; the first line of output is the port.

import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const TIMEOUT_MS = 25_000;

const peers = {
  node() {
    const server = require("cometd-nodejs-server").createCometDServer({
      timeout: TIMEOUT_MS,
      maxInterval: 20_000,
      logLevel: "error",
    });
    return {
      attach: (http) => http.on("request", server.handle),
      publish: ({ channel, data }) => server.createServerChannel(channel).publish(null, data),
    };
  },
  faye() {
    const faye = require("faye");
    const adapter = new faye.NodeAdapter({ mount: "/", timeout: TIMEOUT_MS / 1000 });
    const client = adapter.getClient();
    return {
      attach: (http) => adapter.attach(http),
      publish: ({ channel, data }) => client.publish(channel, data),
    };
  },
};

const peer = peers[process.argv[2]]();
const http = createServer();
peer.attach(http);
// The peer may have listeners of its own; what is published is not for them.
const [handle] = http.listeners("request");
http.removeAllListeners("request");
http.on("request", (request, response) => {
  if (request.url !== "/publish") return handle.call(http, request, response);
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    JSON.parse(body).forEach(peer.publish);
    response.end();
  });
});
http.keepAliveTimeout = 120_000;
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
