/** Elements made by scripts. With the key of a text they follow the page's language. */

import { say } from "./text.js";

/** Make an element: `key` of its text, `values` for it, properties, children. */
export function make(name, { key, values, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (key) {
    made.dataset.t = key;
    if (values) made.dataset.values = JSON.stringify(values);
    made.textContent = say(key, values);
  }
  made.append(...children);
  return made;
}

/** A list with one item for each key. */
export const list = (name, ...keys) =>
  make(name, {}, ...keys.map((key) => make("li", { key })));

/** The way to the assistance cell, as a paragraph of its own. */
export const help = () => make("p", {}, make("a", { href: "assistance", key: "help.link" }));
