// Apollo Gateway in front of subgraphs. Argument: {"subgraphs": [{name, url}], "secret": "..."}.
// Prints its address when it listens; ends when its standard input does.
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { passedOn } from "./passed_on.js";

const { subgraphs, secret } = JSON.parse(process.argv[2]);

class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    request.http.headers.set("router-authorization", secret);
    for (const [name, value] of Object.entries(context.headers ?? {})) {
      request.http.headers.set(name, value);
    }
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: new IntrospectAndCompose({
    subgraphs,
    introspectionHeaders: { "router-authorization": secret },
  }),
  buildService: ({ url }) => new Subgraph({ url }),
});
const server = new ApolloServer({
  gateway,
  introspection: false,
  includeStacktraceInErrorResponses: false,
  stopOnTerminationSignals: false,
  plugins: [ApolloServerPluginUsageReportingDisabled()],
});
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: 0 },
  context: async ({ req }) => ({ headers: passedOn(req) }),
});
console.log(url);
process.stdin.resume().on("end", () => process.exit(0));
