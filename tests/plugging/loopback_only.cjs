// Loaded before a router: whatever connects elsewhere than to this machine is refused and told.
const net = require("node:net");

const HERE = new Set(["127.0.0.1", "::1", "localhost", "", undefined]);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const path = first && typeof first === "object" ? first.path : undefined;
  const host = first && typeof first === "object" ? first.host : second;
  if (!path && typeof host === "string" && !HERE.has(host)) {
    console.error(`NOT LOOPBACK: ${host}`);
    throw new Error("only loopback");
  }
  return connect.apply(this, given);
};
