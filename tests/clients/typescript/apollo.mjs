// Apollo Client with its default cache. Argument: the sandbox's address.
import {
  ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError,
} from "@apollo/client";
import { ASK, CONFIRM, LOOK } from "./operations.mjs";
import { play } from "./table.mjs";

const base = process.argv[2];
const possibleTypes = await (await fetch(`${base}/dev/possibleTypes.json`)).json();

const client = new ApolloClient({
  link: new HttpLink({ uri: `${base}/graphql` }),
  cache: new InMemoryCache({ possibleTypes }),
});

async function ask(input) {
  const { data } = await client.mutate({ mutation: gql(ASK), variables: { input } });
  return data.requestPasswordRenewal;
}

async function look(token) {
  const fetchPolicy = "no-cache"; // the cache would keep the token
  const { data } = await client.query({ query: gql(LOOK), variables: { token }, fetchPolicy });
  return data.renewalLink;
}

async function confirm(input) {
  const { data } = await client.mutate({ mutation: gql(CONFIRM), variables: { input } });
  return data.confirmPasswordRenewal;
}

function outcome(error) {
  if (CombinedGraphQLErrors.is(error)) return error.errors[0].extensions.code;
  return ServerError.is(error) ? `HTTP ${error.statusCode}` : "NO_ANSWER";
}

await play(base, { ask, look, confirm, outcome });

// Without possibleTypes nothing of a problem is left but its type.
const forgetful = new ApolloClient({
  link: new HttpLink({ uri: `${base}/graphql` }),
  cache: new InMemoryCache(),
});
const code = { id: "sandbox-request-x", answer: "0000" };
const input = { numic: "1", email: "a@example.org", securityCode: code };
const { data } = await forgetful.mutate({ mutation: gql(ASK), variables: { input } });
const nobody = new ApolloClient({
  link: new HttpLink({ uri: "http://127.0.0.1:9/graphql" }),
  cache: new InMemoryCache(),
});
const nothing = nobody.mutate({ mutation: gql(ASK), variables: { input } });
console.log("nothing listens:", await nothing.catch(outcome));
console.log("without possibleTypes:", Object.keys(data.requestPasswordRenewal).join());
