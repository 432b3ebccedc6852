/** Screen 5 without a whole link: a field for the link, or for the code that the e-mail prints. */

import { help, make } from "./elements.js";
import { placeForProblems, problemsOn } from "./problems.js";
import { readToken } from "./read-token.js";
import { say } from "./text.js";
import { showView } from "./views.js";

/** Say why the link is asked for (`NO_LINK`, `SPOILT_LINK`, `UNKNOWN_LINK`), and call `given` with
 * the token or the code, and with what was `typed`, which is there again the next time. */
export function askForLink(why, given, typed = "") {
  const input = make("textarea", { id: "link", name: "link", rows: 3, autocomplete: "off" });
  Object.assign(input, { value: typed, spellcheck: false, required: true, autocapitalize: "off" });
  input.setAttribute("aria-describedby", "link-hint");
  const form = make(
    "form",
    { id: "link-form", method: "post", noValidate: true },
    placeForProblems(),
    make(
      "div",
      { className: "field" },
      make("label", { htmlFor: input.id, key: "ask.link" }),
      make("p", { className: "hint", id: "link-hint", key: "ask.link.hint" }),
      input,
    ),
    make("button", { type: "submit", className: "action", key: "ask.submit" }),
  );
  showView(
    "ask",
    make("h1", { key: `ask.${why}.heading` }),
    make("p", { id: "ask-message", className: "answer", key: `ask.${why}` }),
    form,
    make("h2", { key: "ask.none" }),
    make("p", { key: "ask.none.text" }),
    make("p", {}, make("a", { href: "demande", key: "dead.again" })),
    help(),
  );
  const problems = problemsOn(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = readToken(input.value);
    const code = input.value.trim() ? "MALFORMED" : "REQUIRED";
    const key = { MALFORMED: "ask.malformed", REQUIRED: "required.link" }[code];
    if (token) given(token, input.value);
    else problems.show({ fields: [{ id: "link", code, text: () => say(key) }] });
  });
}
