// What the two screens send. `__typename` is asked for where the library does not add it.
export const ASK = `mutation Ask($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) {
    __typename
    ... on RenewalRequested { message linkLifetime }
    ... on Problem { code message }
    ... on TooManyRequests { retryAfter }
  }
}`;
export const LOOK = `query Look($token: String!) {
  renewalLink(token: $token) { usable code message(locale: EN) }
}`;
export const CONFIRM = `mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) {
    __typename
    ... on PasswordRenewed { message }
    ... on Problem { code message }
    ... on LinkRejected { attemptsLeft }
  }
}`;
