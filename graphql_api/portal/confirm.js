/** Screens 5 and 6: opened by the e-mail's link; identifier and security code; the password leaves. */

import { askForLink } from "./ask-for-link.js";
import { confirmationForm } from "./confirmation-form.js";
import { help, list, make } from "./elements.js";
import { handleForm } from "./form.js";
import { Lost, ask, run } from "./gateway.js";
import { forgetToken, keepToken, openedLink } from "./link-token.js";
import { securityCode } from "./security-code.js";
import { canSay, currentLanguage, say, sayWhen, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";
import { inSeconds, referenceOf, retryButton } from "./waiting.js";

const FINAL = [
  "UNKNOWN_LINK",
  "LINK_EXPIRED",
  "LINK_USED",
  "LINK_REVOKED",
  "IDENTIFIER_RENEWED",
  "RENEWALS_STOPPED",
  "RENEWAL_CLOSED",
];
const NOT_ANEW = ["IDENTIFIER_RENEWED", "RENEWALS_STOPPED", "RENEWAL_CLOSED"]; // no use in asking
const opened = openedLink();
const status = document.getElementById("waiting-status");
const more = document.getElementById("waiting-more"); // not spoken
let { token } = opened;
let typed = "";

async function checkLink() {
  status.replaceChildren(make("span", { key: "confirm.waiting" }));
  more.replaceChildren();
  try {
    const link = await ask("renewal-link", { token, locale: currentLanguage().toUpperCase() });
    if (link.usable) openForm(link.expiresAt);
    else dead(link);
  } catch (failure) {
    if (!(failure instanceof Lost)) throw failure;
    const retry = retryButton("confirm.retry", inSeconds(failure.retryAfter), again);
    status.replaceChildren(make("span", { key: "confirm.unchecked" }));
    more.replaceChildren(...referenceOf(failure), retry);
    showView("waiting");
  }
}

/** The same from a button, which goes: the view that has come takes the focus. */
function again() {
  showView("waiting");
  return checkLink();
}

function openForm(expiresAt) {
  const { content, form, place, expires } = confirmationForm();
  showView("form", ...content);
  const code = securityCode(place);
  whenLanguageChanges(() => {
    expires.textContent = sayWhen("confirm.expires", expiresAt);
  });
  handleForm(form, code, {
    submit: async ({ identifier }) =>
      run("confirm-password-renewal", {
        token,
        identifier,
        securityCode: await code.answer(),
        smsLocale: currentLanguage().toUpperCase(),
      }),
    done() {
      forgetToken();
      confirmed();
    },
    refused(problem) {
      const final = FINAL.includes(problem.code) || problem.attemptsLeft === 0;
      if (final) dead(problem);
      return final;
    },
  });
}

function confirmed() {
  showView(
    "done",
    make("h1", { key: "confirmed.heading" }),
    make("p", { id: "done-message", className: "answer", key: "confirmed.lead" }),
    make("h2", { key: "requested.next" }),
    list("ul", "confirmed.step.sms", "confirmed.step.latest", "confirmed.step.notice"),
    make("h2", { key: "confirmed.nothing" }),
    make("p", { key: "confirmed.nothing.text" }),
    make("p", {}, make("a", { href: "demande", key: "dead.again" })),
    help(),
  );
}

/** Why this link is the end, what to do, and the way there; a new request unless it is no use. */
function dead({ code, message }) {
  if (code === "UNKNOWN_LINK") return askForLink("UNKNOWN_LINK", given, typed);
  const key = `dead.${code}`;
  const heading = canSay(key) ? `${key}.heading` : "dead.heading";
  const advice = canSay(key) ? { key } : { textContent: message };
  const again = make("a", { href: "demande", key: "dead.again" });
  if (code === "LINK_EXPIRED") again.className = "action"; // elsewhere something else comes first
  const way = NOT_ANEW.includes(code) ? [] : [make("p", {}, again)];
  const told = make("p", { id: "dead-message", className: "answer", ...advice });
  showView("dead", make("h1", { key: heading }), told, ...way, help());
}

function given(text, asTyped) {
  token = text;
  typed = asTyped;
  keepToken(token);
  return again();
}

await startText();
if (token) await checkLink();
else if (opened.hasRenewed) confirmed();
else askForLink(opened.wasSpoilt ? "SPOILT_LINK" : "NO_LINK", given);
