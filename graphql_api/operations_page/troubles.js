/** What is wrong, in plain words, and what can be done: no state is a dead end. */

import { sign } from "./charts.js";
import { h } from "./dom.js";
import { duration } from "./format.js";
import { issuer } from "./issuer.js";
import { say } from "./text.js";

/** A view that cannot be shown at all; `scope`: the right that it needs. */
export const panel = (trouble, signIn, scope) => [
  h("h1", { tabindex: "-1" }, say(`trouble.${trouble.kind ?? "broken"}`)),
  ...words(trouble, signIn, scope),
];

/** Beside figures that are there still. */
export const complaint = (trouble, signIn) => [
  h(
    "div",
    { class: "complaint" },
    h("p", {}, sign("watch"), h("strong", {}, say(`trouble.${trouble.kind ?? "broken"}`))),
    ...words(trouble, signIn),
  ),
];

function words({ kind = "broken", retryAfter, reference, detail }, signIn, scope = "") {
  const asks = kind === "ended" || kind === "forbidden";
  const values = { wait: duration(retryAfter || 30), detail, scope };
  return [
    h("p", {}, say(`trouble.${kind}.hint`, values)),
    reference && kind === "broken" && h("p", { class: "hint" }, say("trouble.reference", { reference })),
    asks && h("p", {}, h("button", { type: "button", class: "action", onclick: signIn }, say("signin.again"))),
  ].filter(Boolean);
}

/** Nobody is signed in. `failure`: a `SignInFailed`, if that is why; `out`: after signing out, with
 * where one signs out at the issuer as well, if it says so. */
export function signedOut(signIn, { failure = null, out = false, leave = "" } = {}) {
  const heading = failure ? "signin.failed" : out ? "signout.done" : "signin.heading";
  const lead = failure
    ? say(`signin.failed.${failure.reason}`, { detail: failure.detail ?? "", issuer })
    : say(out ? "signout.hint" : "signin.lead");
  const button = { type: "button", id: "sign-in", class: "action", onclick: signIn };
  return [
    h("h1", { tabindex: "-1" }, say(heading)),
    h("p", { class: failure ? "complaint" : "lead" }, failure && sign("bad"), lead),
    h("p", {}, h("button", button, say("signin.button"))),
    leave && h("p", {}, h("a", { href: leave }, say("signout.issuer"))),
    h("p", { class: "hint" }, say("signin.where", { issuer: new URL(issuer).host })),
  ].filter(Boolean);
}
