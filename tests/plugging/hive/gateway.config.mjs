// Hive Gateway in front of subgraphs; what it is told by hand stands in its command line.
import { defineConfig } from "@graphql-hive/gateway";

const PASSED_ON = [
  "authorization",
  "x-api-key",
  "voter-address",
  "origin",
  "accept-language",
  "x-correlation-id",
];

export const gatewayConfig = defineConfig({
  graphiql: false,
  landingPage: false,
  requestId: false,
  propagateHeaders: {
    fromClientToSubgraphs({ request }) {
      const passed = PASSED_ON.filter((name) => request.headers.has(name));
      return {
        ...Object.fromEntries(passed.map((name) => [name, request.headers.get(name)])),
        "x-forwarded-for": request.headers.get("x-forwarded-for"),
        "router-authorization": process.env.ROUTER_SECRET,
      };
    },
  },
});
