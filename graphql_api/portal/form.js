/** What every form does: send once, keep what was typed, say what is wrong and where. */

import { Lost } from "./gateway.js";
import { currentLanguage, say } from "./text.js";

/**
 * Make `form` send itself with `submit`, which returns the answer's union member.
 * `done` is given an answer that is no problem; `refused` may take over a problem by returning true.
 */
export function handleForm(form, code, { submit, done, refused = () => false }) {
  let busy = false;

  async function attempt() {
    if (busy) return;
    const missing = emptyFields(form, code);
    if (missing.length) return show(form, say("form.problems"), missing);
    busy = true;
    const restore = sending(form);
    try {
      const answer = await submit(values(form));
      clear(form);
      if (!answer.code) return done(answer);
      if (consumed(answer)) await code.renew();
      if (!refused(answer)) show(form, answer.message, problemsOf(answer, code));
    } catch (failure) {
      if (!(failure instanceof Lost)) throw failure;
      clear(form);
      showLost(form, failure, attempt);
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

/** Show an error summary: a text, and the fields it concerns as `{field, message, code}`. */
export function show(form, text, fields) {
  clear(form);
  const summary = summaryOf(form);
  summary.append(element("h2", text));
  const list = document.createElement("ul");
  for (const problem of fields) {
    const input = inputOf(form, problem.field);
    if (!input) continue;
    const item = document.createElement("li");
    const label = labelOf(form, input);
    const { message } = problem;
    const link = element("a", message === text ? label : say("form.problem", { label, message }));
    link.href = `#${input.id}`;
    link.dataset.code = problem.code;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    item.append(link);
    list.append(item);
    mark(input, problem);
  }
  if (list.children.length) summary.append(list);
  summary.focus();
}

function showLost(form, failure, again) {
  const summary = summaryOf(form);
  summary.append(element("h2", say(failure.offline ? "form.lost" : "form.unavailable")));
  const button = element("button", say("form.lost.retry"));
  button.type = "button";
  button.addEventListener("click", again);
  summary.append(button);
  summary.focus();
}

// A code is used up by its first answer; a form that could not be read, or a gateway that could not
// ask its neighbours, used nothing up.
const consumed = ({ __typename }) =>
  !["InvalidFields", "TemporarilyUnavailable", "TooManyRequests"].includes(__typename);

function problemsOf(answer, code) {
  if (answer.fields) return answer.fields;
  const field = {
    SecurityCodeRejected: code.field,
    LinkRejected: "identifier",
  }[answer.__typename];
  return field ? [{ field, message: answer.message, code: answer.code }] : [];
}

function emptyFields(form, code) {
  const missing = [...form.elements]
    .filter((input) => input.required && !input.closest("[hidden]") && !input.value.trim())
    .map((input) => ({
      field: input.name === "answer" ? code.field : input.name,
      message: say("form.required"),
      code: "REQUIRED",
    }));
  return missing;
}

function values(form) {
  const visible = [...form.elements].filter((input) => input.name && !input.closest("[hidden]"));
  return Object.fromEntries(visible.map((input) => [input.name, input.value]));
}

function sending(form) {
  const button = form.querySelector("[type=submit]");
  button.setAttribute("aria-disabled", "true");
  button.textContent = say("form.sending");
  return () => {
    button.removeAttribute("aria-disabled");
    button.textContent = say(button.dataset.t);
  };
}

function mark(input, problem) {
  const text = element("p", problem.message);
  text.lang = currentLanguage();
  text.id = `${input.id}-problem`;
  text.className = "problem";
  text.dataset.code = problem.code;
  input.setAttribute("aria-invalid", "true");
  input.dataset.described = input.getAttribute("aria-describedby") ?? "";
  input.setAttribute("aria-describedby", `${text.id} ${input.dataset.described}`.trim());
  input.before(text);
}

function clear(form) {
  const summary = form.querySelector(".problems");
  summary.hidden = true;
  summary.replaceChildren();
  form.querySelectorAll(".problem").forEach((each) => each.remove());
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    if (input.dataset.described) input.setAttribute("aria-describedby", input.dataset.described);
    else input.removeAttribute("aria-describedby");
  }
}

function summaryOf(form) {
  const summary = form.querySelector(".problems");
  summary.hidden = false;
  summary.lang = currentLanguage();
  return summary;
}

const inputOf = (form, field) =>
  form.querySelector(`[name="${field.startsWith("securityCode") ? "answer" : field}"]`);

const labelOf = (form, input) => form.querySelector(`label[for="${input.id}"]`).textContent;

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
