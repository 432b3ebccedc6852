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
  return code ?? (error.response && `HTTP ${error.response.status}`);
}

await play(base, { ask, look, confirm, outcome });
