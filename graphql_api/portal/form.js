/** What every form does: send once, keep what was typed, say what is wrong and where. */

import { Lost } from "./gateway.js";
import { problemsOn } from "./problems.js";
import { currentLanguage, said, say } from "./text.js";
import { inSeconds, referenceOf, retryButton } from "./waiting.js";

const UNPAID = "SECURITY_CODE_PRICE"; // uses nothing up
const TOO_MANY = "TOO_MANY_REQUESTS"; // before its time it would be refused again
/** What the gateway says of these holds a number of seconds, which the button counts down. */
const PASSING = { [TOO_MANY]: "form.many", TEMPORARILY_UNAVAILABLE: "form.unavailable" };

/**
 * Make `form` send itself with `submit`, which returns the answer's union member.
 * `done` is given an answer that is no problem; `refused` may take over a problem by returning true.
 */
export function handleForm(form, code, { submit, done, refused = () => false }) {
  const problems = problemsOn(form);
  let busy = false;
  let waitsUntil = 0;
  nameFields(form);

  async function attempt() {
    if (busy) return;
    const missing = emptyFields(form);
    if (missing.length) return problems.show({ fields: missing });
    if (Date.now() < waitsUntil) return problems.recall();
    busy = true;
    const restore = sending(form);
    const locale = currentLanguage();
    try {
      const answer = await submit(values(form));
      problems.clear();
      if (!answer.code) return done(answer);
      if (answer.code === UNPAID) await code.payAgain();
      else if (consumed(answer)) await code.renew();
      const problem = { ...answer, locale };
      waitsUntil = answer.code === TOO_MANY ? inSeconds(answer.retryAfter) : 0;
      if (!refused(problem)) problems.show(described(problem, code, attempt));
    } catch (failure) {
      if (!(failure instanceof Lost)) throw failure;
      problems.show(unanswered(failure, attempt));
    } finally {
      restore();
      busy = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt();
  });
}

/** Name the fields after their ids. Without a name nothing of what is typed gets into an address,
 * as some browsers without script would have it. */
function nameFields(form) {
  for (const input of form.elements) if (input.id) input.name = input.id;
}

// A code is used up by its first answer; a form that could not be read, or a gateway that could not
// ask its neighbours, used nothing up.
const consumed = ({ __typename }) =>
  !["InvalidFields", "TemporarilyUnavailable", "TooManyRequests"].includes(__typename);

function described(problem, code, again) {
  const passing = PASSING[problem.code] ?? (isOfDevice(problem, code) && "code.redone");
  if (passing) {
    const when = inSeconds(problem.retryAfter);
    return { text: () => say(passing), more: () => [retryButton("form.lost.retry", when, again)] };
  }
  const field = {
    SecurityCodeRejected: code.field,
    LinkRejected: "identifier",
  }[problem.__typename];
  const fields = problem.fields ?? (field ? [{ ...problem, field }] : []);
  return {
    text: () => said(problem),
    fields: fields.map((each) => ({
      id: each.field.startsWith("securityCode") ? "answer" : each.field,
      code: each.code,
      text: () => said({ ...each, locale: problem.locale }, each.field),
    })),
  };
}

/** Whether what the device computes was refused: no field is to be corrected. */
const isOfDevice = ({ __typename, code }, { isComputed }) =>
  __typename === "SecurityCodeRejected" && (code === UNPAID || isComputed());

function unanswered(failure, again) {
  const id = failure.place;
  if (id) return { fields: [{ id, code: "NO_CODE", text: () => say("code.failed") }] };
  const when = inSeconds(failure.retryAfter);
  return {
    text: () => say(failure.offline ? "form.lost" : "form.unavailable"),
    more: () => [...referenceOf(failure), retryButton("form.lost.retry", when, again)],
  };
}

const emptyFields = (form) =>
  [...form.elements]
    .filter((input) => input.required && !input.closest("[hidden]") && !input.value.trim())
    .map(({ id }) => ({ id, code: "REQUIRED", text: () => say(`required.${id}`) }));

function values(form) {
  const visible = [...form.elements].filter((input) => input.name && !input.closest("[hidden]"));
  return Object.fromEntries(visible.map((input) => [input.name, input.value]));
}

function sending(form) {
  const button = form.querySelector("[type=submit]");
  const { t: key } = button.dataset;
  const write = (t) => {
    button.dataset.t = t; // follows the page's language meanwhile, too
    button.textContent = say(t);
  };
  button.setAttribute("aria-disabled", "true");
  write("form.sending");
  return () => {
    button.removeAttribute("aria-disabled");
    write(key);
  };
}
