// What relay-compiler reads; names begin with the file's. Relay narrows by `__typename`, and its types
// only where a fragment is of one concrete type: so each member has its own.
import { graphql } from "relay-runtime";

export const operations = () => [
  graphql`
    mutation operationsAskMutation($input: RequestPasswordRenewalInput!) {
      requestPasswordRenewal(input: $input) {
        __typename
        ... on RenewalRequested { message linkLifetime }
        ... on InvalidFields { code message fields { field code message } }
        ... on SecurityCodeRejected { code message }
        ... on TooManyRequests { code message retryAfter }
        ... on RenewalClosed { code message }
        ... on TemporarilyUnavailable { code message retryAfter }
      }
    }
  `,
  graphql`
    query operationsLookQuery($token: String!) {
      renewalLink(token: $token) { usable code message(locale: EN) }
    }
  `,
  graphql`
    mutation operationsConfirmMutation($input: ConfirmPasswordRenewalInput!) {
      confirmPasswordRenewal(input: $input) {
        __typename
        ... on PasswordRenewed { message }
        ... on InvalidFields { code message fields { field code message } }
        ... on SecurityCodeRejected { code message }
        ... on LinkRejected { code message attemptsLeft }
        ... on TooManyRequests { code message retryAfter }
        ... on RenewalClosed { code message }
        ... on TemporarilyUnavailable { code message retryAfter }
      }
    }
  `,
];
