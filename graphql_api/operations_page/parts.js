/** What the views are put together from. */

import { h } from "./dom.js";

/** A part of a view, with its heading. */
export const section = (id, heading, ...content) =>
  h("section", { "aria-labelledby": `${id}-heading` }, h("h2", { id: `${id}-heading` }, heading), ...content);

/** A choice of one among `[value, text]`; `changed` is called with the value. */
export function choice(id, label, options, value, changed, more = {}) {
  const made = options.map(([each, text, isOff]) =>
    h("option", { value: each, selected: each === value, disabled: isOff }, text),
  );
  const listen = changed ? { onchange: (event) => changed(event.target.value) } : {};
  const select = h("select", { id, name: id, ...listen, ...more }, ...made);
  return h("div", { class: "field" }, h("label", { for: id }, label), select);
}

/** A field for text, or of another type of `input`. */
export const field = (id, label, value = "", more = {}) =>
  h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", { id, name: id, value, autocomplete: "off", spellcheck: "false", ...more }),
  );

/** Terms and what is said of each; what is empty is left out. `pairs`: `[term, text]`. */
export const terms = (pairs) =>
  h(
    "dl",
    { class: "terms" },
    ...pairs
      .filter(([, text]) => text)
      .map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
  );
