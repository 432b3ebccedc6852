// Composes subgraphs with both composers. Input: {"<name>": {url, sdl}, ...} on stdin.
// Output: {"apollo": {errors, hints, supergraph}, "hive": {errors, supergraph}}.
import { readFileSync } from "node:fs";
import { composeServices as composeByApollo } from "@apollo/composition";
import { composeServices as composeByHive } from "@theguild/federation-composition";
import { parse } from "graphql";

const services = Object.entries(JSON.parse(readFileSync(0, "utf8"))).map(
  ([name, { url, sdl }]) => ({ name, url, typeDefs: parse(sdl) }),
);
const texts = (errors) => (errors ?? []).map((each) => each.message);
const apollo = composeByApollo(services);
const hive = composeByHive(services);
const found = {
  apollo: {
    errors: texts(apollo.errors),
    hints: texts(apollo.hints),
    supergraph: apollo.supergraphSdl ?? null,
  },
  hive: { errors: texts(hive.errors), supergraph: hive.supergraphSdl ?? null },
};
process.stdout.write(JSON.stringify(found));
