// Relay with the types that its compiler makes; no React is needed for them.
import {
  commitMutation,
  Environment,
  fetchQuery,
  type MutationParameters,
  Network,
  RecordSource,
  Store,
  type GraphQLTaggedNode,
} from "relay-runtime";
import ask_, { type operationsAskMutation } from "./__generated__/operationsAskMutation.graphql.js";
import confirm_, {
  type operationsConfirmMutation,
} from "./__generated__/operationsConfirmMutation.graphql.js";
import look_, { type operationsLookQuery } from "./__generated__/operationsLookQuery.graphql.js";

type Told = { extensions?: { code?: string } };

class Refused extends Error {
  constructor(readonly outcome: string) {
    super(outcome);
  }
}

export function clientOf(base: string) {
  const network = Network.create(async ({ text }, variables) => {
    const response = await fetch(`${base}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: text, variables }),
    });
    const answer = await response.json().catch(() => undefined);
    const told = (answer?.errors as Told[] | undefined)?.[0]?.extensions?.code;
    if (told) throw new Refused(told);
    if (!response.ok) throw new Refused(`HTTP ${response.status}`);
    return answer;
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });

  function send<Operation extends MutationParameters>(
    mutation: GraphQLTaggedNode,
    variables: Operation["variables"],
  ): Promise<Operation["response"]> {
    return new Promise((onCompleted, onError) => {
      commitMutation<Operation>(environment, { mutation, variables, onCompleted, onError });
    });
  }

  return {
    async ask(input: operationsAskMutation["variables"]["input"]) {
      const found = (await send<operationsAskMutation>(ask_, { input })).requestPasswordRenewal;
      if (found.__typename === "TooManyRequests") found.retryAfter satisfies number;
      return found;
    },
    async look(token: string) {
      return (await fetchQuery<operationsLookQuery>(environment, look_, { token }).toPromise())
        ?.renewalLink;
    },
    async confirm(input: operationsConfirmMutation["variables"]["input"]) {
      const found = (await send<operationsConfirmMutation>(confirm_, { input }))
        .confirmPasswordRenewal;
      if (found.__typename === "LinkRejected") found.attemptsLeft satisfies number;
      return found;
    },
    outcome: (error: unknown) => (error instanceof Refused ? error.outcome : undefined),
  };
}
