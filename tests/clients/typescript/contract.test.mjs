// A partner's contract, with Pact for JavaScript: what is sent on screen 5, and what is read of answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MatchersV3, PactV3 } from "@pact-foundation/pact";

const { fromProviderState, like } = MatchersV3;
const TOKEN = "0".repeat(43);
const CONFIRM = `mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) {
    __typename
    ... on PasswordRenewed { message }
    ... on Problem { code message }
  }
}`;

const form = (token) => ({
  token,
  identifier: "K7WPQ2M4XN9B",
  securityCode: { id: "sandbox-confirm-state", answer: "1234" },
  locale: "EN",
});

// The partner's own code, here a few lines: what the page shows.
async function confirm(base, token) {
  const response = await fetch(`${base}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: CONFIRM, variables: { input: form(token) } }),
  });
  const member = (await response.json()).data.confirmPasswordRenewal;
  return [member.code ?? "DONE", member.message];
}

// When this is sent in that state, the answer is this member, its message whatever it is.
function interaction(description, state, member) {
  const token = fromProviderState("${token}", TOKEN);
  return new PactV3({ consumer: "consulat-web", provider: "reassort", dir: "pacts", logLevel: "error" })
    .given(state)
    .uponReceiving(description)
    .withRequest({
      method: "POST",
      path: "/graphql",
      contentType: "application/json",
      body: { query: CONFIRM, variables: { input: form(token) } },
    })
    .willRespondWith({
      status: 200,
      contentType: "application/json",
      body: { data: { confirmPasswordRenewal: { ...member, message: like("a sentence") } } },
    });
}

test("screen 6", () =>
  interaction("screen 5", "a link was sent", { __typename: "PasswordRenewed" })
    .executeTest(async ({ url }) => {
      assert.deepEqual(await confirm(url, TOKEN), ["DONE", "a sentence"]);
    }));

test("a used link", () =>
  interaction("screen 5 with a used link", "a link was used", {
    __typename: "LinkRejected",
    code: "LINK_USED",
  }).executeTest(async ({ url }) => {
    assert.deepEqual(await confirm(url, TOKEN), ["LINK_USED", "a sentence"]);
  }));
