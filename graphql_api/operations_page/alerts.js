/** Alerts that are open, and the button by which an operator says to look after one. */

import { h } from "./dom.js";
import { ask } from "./gateway.js";
import { currentLanguage, say } from "./text.js";

let refused = null; // of which alert the answer was no, and why

/** The alerts that are open; null for who may not see them. */
export async function raised() {
  try {
    return (await ask("alerts")).alerts.edges.map(({ node }) => node);
  } catch (trouble) {
    if (trouble.kind === "forbidden") return null;
    throw trouble;
  }
}

/** The button for an alert that nobody looks after, and why it did not help; nothing for others.
 * `again`: asks for the figures anew. */
export function answerTo(alert, again) {
  if (alert?.state !== "RAISED") return null;
  const id = `acknowledge-${alert.id}`;
  const button = { type: "button", id, class: "plain", onclick: () => acknowledge(alert.id, again) };
  const why = refused?.id === alert.id && h("span", { role: "alert" }, refused.why);
  return h("span", { class: "answer" }, h("button", button, say("alert.mine")), why);
}

async function acknowledge(id, again) {
  refused = null;
  try {
    const locale = currentLanguage().toUpperCase();
    const { acknowledgeAlert: told } = await ask("acknowledge", { id, locale });
    if (told.message) refused = { id, why: told.message };
  } catch (trouble) {
    if (!trouble.kind) throw trouble;
    refused = { id, why: say(trouble.kind === "forbidden" ? "alert.forbidden" : "alert.failed") };
  }
  await again();
}
