import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { ApolloProvider, useMutation } from "@apollo/client/react";
import { useEffect, useRef, useState, useTransition } from "react";
import { createRoot } from "react-dom/client";
import possibleTypes from "./possibleTypes.json";
import { pay } from "./price.js";

const client = new ApolloClient({
  link: new HttpLink({ uri: "/graphql" }),
  cache: new InMemoryCache({ possibleTypes }),
});

const CODE = gql`mutation Code($input: IssueSecurityCodeInput!) {
  issueSecurityCode(input: $input) { id image audio price }
}`;
const MEMBERS = "... on Problem { code message } ... on InvalidFields { fields { field message } }";
const ASK = gql`mutation Ask($input: RequestPasswordRenewalInput!) {
  answer: requestPasswordRenewal(input: $input) { ... on RenewalRequested { message } ${MEMBERS} }
}`;
const CONFIRM = gql`mutation Confirm($input: ConfirmPasswordRenewalInput!) {
  answer: confirmPasswordRenewal(input: $input) { ... on PasswordRenewed { message } ${MEMBERS} }
}`;

// The token leaves the address bar before anything else, and stands in no cache.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);
addEventListener("hashchange", () => location.hash && location.reload());

const STEP = token
  ? { step: "CONFIRM", document: CONFIRM, fields: { identifier: "Identifier" }, known: { token } }
  : { step: "REQUEST", document: ASK, fields: { numic: "NUMIC", email: "E-mail address" }, known: {} };
const DONE = ["RenewalRequested", "PasswordRenewed"];
const CONSUMED = ["SecurityCodeRejected", "LinkRejected"]; // any other refusal leaves the code unused
const LATER = "The service does not answer. Try again in a minute.";

function outcome(error) {
  const known = CombinedGraphQLErrors.is(error) && error.errors[0].extensions;
  return known?.correlationId ? `${LATER} Reference: ${known.correlationId}` : LATER;
}

function Form() {
  const [issue, { data: issued }] = useMutation(CODE, { fetchPolicy: "no-cache" });
  const [send] = useMutation(STEP.document, { fetchPolicy: "no-cache" });
  const [said, say] = useState({ text: "", problems: {}, done: false });
  const [sending, start] = useTransition();
  const paid = useRef(null); // the proof, under way

  async function renewCode() {
    const { data } = await issue({ variables: { input: { step: STEP.step, locale: "EN" } } });
    paid.current = pay(data.issueSecurityCode.price); // while the voter types
  }

  const fail = (error) => say({ text: outcome(error), problems: {}, done: false });
  useEffect(() => void renewCode().catch(fail), []);

  async function submit(form) {
    const { code, ...typed } = Object.fromEntries(new FormData(form));
    const { id } = issued.issueSecurityCode;
    const securityCode = { id, answer: code, proof: await paid.current };
    const input = { ...typed, ...STEP.known, securityCode, locale: "EN" };
    const { answer } = (await send({ variables: { input } })).data;
    const problems = (answer.fields ?? []).map(({ field, message }) => [field, message]);
    const done = DONE.includes(answer.__typename);
    say({ text: answer.message, problems: Object.fromEntries(problems), done });
    if (!CONSUMED.includes(answer.__typename)) return;
    form.elements.code.value = "";
    await renewCode();
  }

  function onSubmit(event) {
    event.preventDefault();
    start(() => submit(event.target).catch(fail));
  }

  const code = issued?.issueSecurityCode;
  return (
    <>
      <h1>A new voting password</h1>
      <p role="status">{said.text}</p>
      {!said.done && (
        <form onSubmit={onSubmit}>
          {Object.entries(STEP.fields).map(([name, label]) => (
            <p key={name}>
              <label>{label} <input name={name} autoComplete="off" /></label> {said.problems[name]}
            </p>
          ))}
          {code && <img src={code.image} alt="The four digits of the security code" />}
          {code && <audio controls src={code.audio} aria-label="The same digits, spoken" />}
          <p>
            <label>Security code <input name="code" inputMode="numeric" autoComplete="off" /></label>{" "}
            {said.problems["securityCode.answer"]}
          </p>
          <button disabled={sending || !code}>Send</button>
        </form>
      )}
    </>
  );
}

createRoot(document.getElementById("page")).render(
  <ApolloProvider client={client}><Form /></ApolloProvider>,
);
