// graphql-tools' stitching in front of the gateway, served by Apollo Server. Argument: {"subgraphs":
// [{name, url, sdl}], "secret": "..."}, the SDL bare: stitching knows nothing of Federation. Prints its
// address when it listens; ends when its standard input does.
import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginUsageReportingDisabled } from "@apollo/server/plugin/disabled";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildHTTPExecutor } from "@graphql-tools/executor-http";
import { stitchSchemas } from "@graphql-tools/stitch";
import { buildSchema } from "graphql";
import { passedOn } from "./passed_on.js";

const { subgraphs, secret } = JSON.parse(process.argv[2]);

const schema = stitchSchemas({
  subschemas: subgraphs.map(({ url, sdl }) => ({
    schema: buildSchema(sdl, { assumeValidSDL: true }),
    executor: buildHTTPExecutor({
      endpoint: url,
      useGETForQueries: false,
      headers: (request) => ({ ...request?.context?.headers, "router-authorization": secret }),
    }),
  })),
});

// Its errors quote the request that failed, variables and all.
function formatError(formatted) {
  const { request, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, extensions };
}

const server = new ApolloServer({
  schema,
  formatError,
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
