// A whole renewal with the generated types, against the sandbox whose address is given.
import {
  AskDocument,
  AskForCodeDocument,
  ConfirmDocument,
  LookDocument,
  type RenewalStep,
  type TypedDocumentString,
} from "./generated/graphql.js";

const base = process.argv[2];
if (!base) throw new Error("usage: node built/renew.js http://127.0.0.1:8000");

type Answer<Result> = { data?: Result; errors?: { message: string }[] };

async function call<Result, Variables>(
  operation: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(`${base}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: operation.toString(), variables }),
  });
  const answer = (await response.json()) as Answer<Result>;
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

async function securityCode(step: RenewalStep) {
  const { issueSecurityCode } = await call(AskForCodeDocument, { step });
  return { id: issueSecurityCode.id, answer: "1234" };
}

async function newestToken(): Promise<string> {
  const inbox = (await (await fetch(`${base}/dev/inbox.json`)).json()) as {
    emails: { text: string }[];
  };
  const found = inbox.emails.map((email) => /token=([\w-]+)/.exec(email.text)?.[1]).find(Boolean);
  if (!found) throw new Error("no e-mail with a link");
  return found;
}

const asked = await call(AskDocument, {
  input: {
    numic: "00010001",
    email: "renewed@sandbox.example.org",
    locale: "EN",
    securityCode: await securityCode("REQUEST"),
  },
});
const first = asked.requestPasswordRenewal;
if (first.__typename !== "RenewalRequested") throw new Error(`${first.code}: ${first.message}`);
console.log(first.__typename, first.linkLifetime);

const token = await newestToken();
const { renewalLink } = await call(LookDocument, { token, locale: "EN" });
console.log("usable", renewalLink.usable);

const confirmed = await call(ConfirmDocument, {
  input: {
    token,
    identifier: "K7WPQ2M4XN9B",
    locale: "EN",
    securityCode: await securityCode("CONFIRM"),
  },
});
const last = confirmed.confirmPasswordRenewal;
switch (last.__typename) {
  case "PasswordRenewed":
    console.log(last.__typename);
    break;
  case "LinkRejected":
    throw new Error(`${last.code}, ${last.attemptsLeft} left`);
  default:
    throw new Error(last.code);
}
