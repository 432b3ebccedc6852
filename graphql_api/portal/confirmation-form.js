/** What screen 5 is made of, once its link is known to be good. */

import { make } from "./elements.js";
import { placeForProblems } from "./problems.js";

/** The view's `content`; in it the `form`, the `place` for the security code, and the one where it
 * says when the link `expires`. */
export function confirmationForm() {
  const expires = make("p", { className: "hint", id: "expires" });
  const input = make("input", { id: "identifier", autocomplete: "username", required: true });
  Object.assign(input, { autocapitalize: "characters", spellcheck: false });
  input.setAttribute("aria-describedby", "identifier-hint");
  const place = make("div");
  place.dataset.securityCode = "CONFIRM";
  const form = make(
    "form",
    { id: "form", method: "post", noValidate: true },
    placeForProblems(),
    make(
      "div",
      { className: "field" },
      make("label", { htmlFor: input.id, key: "confirm.identifier" }),
      make("p", { className: "hint", id: "identifier-hint", key: "confirm.identifier.hint" }),
      input,
    ),
    place,
    make("button", { type: "submit", className: "action", key: "confirm.submit" }),
  );
  const content = [
    make("p", { className: "step", key: "confirm.step" }),
    make("h1", { key: "confirm.heading" }),
    make("p", { key: "confirm.lead" }),
    expires,
    form,
  ];
  return { content, form, place, expires };
}
