"""What the two screens send."""

ASK = """mutation Ask($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) {
    __typename
    ... on RenewalRequested { message linkLifetime }
    ... on Problem { code message }
    ... on InvalidFields { fields { field code message } }
    ... on TooManyRequests { retryAfter }
  }
}"""
LOOK = """query Look($token: String!) {
  renewalLink(token: $token) { usable code message(locale: EN) }
}"""
CONFIRM = """mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) {
    __typename
    ... on PasswordRenewed { message }
    ... on Problem { code message }
    ... on InvalidFields { fields { field code message } }
    ... on LinkRejected { attemptsLeft }
  }
}"""
