/** What is wrong with a form: a summary that takes the focus, and a word at each field. */

import { make } from "./elements.js";
import { say, whenLanguageChanges } from "./text.js";
import { callPage } from "./views.js";

/** The place for the problems of one form. `show` is given `{text, fields, more}`: functions that
 * say it in the language in force; `fields` as `{id, code, text}`, `more` elements behind it. */
export function problemsOn(form) {
  const summary = form.querySelector(".problems");
  let shown = null;

  function write() {
    clear(form, summary);
    if (shown) fill(form, summary, shown);
    callPage();
  }

  whenLanguageChanges(write);
  return {
    show(problem) {
      shown = problem;
      write();
      summary.focus();
    },
    /** What is shown already, once more. */
    recall: () => summary.focus(),
    clear() {
      shown = null;
      write();
    },
  };
}

/** The place in a form: first in it, not yet shown. */
export const placeForProblems = () =>
  make("div", { className: "problems", id: "problems", tabIndex: -1, hidden: true });

function fill(form, summary, { text, fields = [], more = () => [] }) {
  summary.hidden = false;
  summary.append(make("h2", { textContent: say("form.problems") }));
  if (!fields.length) summary.append(make("p", { textContent: text() }));
  const items = fields.map(({ id, code, text }) => {
    const input = form.querySelector(`#${id}`);
    const link = make("a", { href: `#${id}`, textContent: text() });
    link.dataset.code = code;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    if ("value" in input) mark(input, code, text());
    return make("li", {}, link);
  });
  if (items.length) summary.append(make("ul", {}, ...items));
  summary.append(...more());
}

function mark(input, code, text) {
  const word = make("p", { id: `${input.id}-problem`, className: "problem", textContent: text });
  word.dataset.code = code;
  input.setAttribute("aria-invalid", "true");
  input.dataset.described ??= input.getAttribute("aria-describedby") ?? "";
  input.setAttribute("aria-describedby", `${word.id} ${input.dataset.described}`.trim());
  input.before(word);
}

function clear(form, summary) {
  summary.hidden = true;
  summary.replaceChildren();
  form.querySelectorAll(".problem").forEach((each) => each.remove());
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    if (input.dataset.described) input.setAttribute("aria-describedby", input.dataset.described);
    else input.removeAttribute("aria-describedby");
  }
}
