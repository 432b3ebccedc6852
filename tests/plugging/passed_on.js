// What a router hands on of a voter's request, whatever the router: see docs/how-to/plug-in-as-a-subgraph.md.
const PASSED_ON = [
  "authorization",
  "x-api-key",
  "voter-address",
  "origin",
  "accept-language",
  "x-correlation-id",
];

export function passedOn({ headers, socket }) {
  const passed = PASSED_ON.filter((name) => headers[name]);
  const hops = [headers["x-forwarded-for"], socket.remoteAddress].filter(Boolean);
  return {
    ...Object.fromEntries(passed.map((name) => [name, headers[name]])),
    "x-forwarded-for": hops.join(", "),
  };
}
