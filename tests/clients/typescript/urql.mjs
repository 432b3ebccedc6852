// urql with graphcache. Argument: the sandbox's address.
import { cacheExchange } from "@urql/exchange-graphcache";
import { Client, fetchExchange } from "@urql/core";
import { buildSchema, introspectionFromSchema } from "graphql";
import { ASK, CONFIRM, LOOK } from "./operations.mjs";
import { play } from "./table.mjs";

const base = process.argv[2];
const sdl = await (await fetch(`${base}/dev/schema.graphql`)).text();

const client = new Client({
  url: `${base}/graphql`,
  preferGetMethod: false, // urql sends queries by GET otherwise, and URLs are logged
  exchanges: [
    cacheExchange({
      schema: introspectionFromSchema(buildSchema(sdl)),
      keys: { RenewalLink: () => null, Assistance: () => null },
    }),
    fetchExchange,
  ],
});

async function ask(input) {
  return data(await client.mutation(ASK, { input })).requestPasswordRenewal;
}

async function look(token) {
  const requestPolicy = "network-only"; // a link may be used meanwhile
  return data(await client.query(LOOK, { token }, { requestPolicy })).renewalLink;
}

async function confirm(input) {
  return data(await client.mutation(CONFIRM, { input })).confirmPasswordRenewal;
}

function data(result) {
  if (result.error) throw result.error;
  return result.data;
}

function outcome(error) {
  const code = error.graphQLErrors?.[0]?.extensions.code;
  return code ?? (error.response ? `HTTP ${error.response.status}` : "NO_ANSWER");
}

await play(base, { ask, look, confirm, outcome });

const nobody = new Client({ url: "http://127.0.0.1:9/graphql", exchanges: [fetchExchange] });
const code = { id: "sandbox-request-x", answer: "0000" };
const input = { numic: "1", email: "a@example.org", securityCode: code };
const { error } = await nobody.mutation(ASK, { input });
console.log("nothing listens:", outcome(error));
