// mercurius' gateway in front of subgraphs. Argument: {"subgraphs": [{name, url}], "secret": "..."}.
// Prints its address when it listens; ends when its standard input does.
import gateway from "@mercuriusjs/gateway";
import fastify from "fastify";
import { passedOn } from "./passed_on.js";

const { subgraphs, secret } = JSON.parse(process.argv[2]);
const app = fastify();
await app.register(gateway, {
  graphiql: false,
  gateway: {
    services: subgraphs.map(({ name, url }) => ({
      name,
      url,
      mandatory: true,
      initHeaders: { "router-authorization": secret },
      // Without a context where it is mercurius itself that asks.
      rewriteHeaders: (_, context) => ({
        ...(context && passedOn(context.reply.request.raw)),
        "router-authorization": secret,
      }),
    })),
  },
});
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
process.stdin.resume().on("end", () => process.exit(0));
