/** Screens 5 and 6: opened by the e-mail's link; identifier and security code; the password leaves. */

import { handleForm } from "./form.js";
import { Lost, ask, run } from "./gateway.js";
import { takeToken } from "./link-token.js";
import { securityCode } from "./security-code.js";
import { currentLanguage, quote, say, sayWhen, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const token = takeToken();
const form = document.getElementById("form");
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

async function checkLink() {
  try {
    const link = await look();
    if (link.usable) openForm(link.expiresAt);
    else dead(link);
  } catch (failure) {
    if (!(failure instanceof Lost)) throw failure;
    offerRetry();
  }
}

const look = () =>
  ask("renewal-link", { token, locale: currentLanguage().toUpperCase() });

function offerRetry() {
  const status = document.getElementById("waiting-status");
  status.textContent = say("confirm.unchecked");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = say("confirm.retry");
  button.addEventListener("click", () => {
    status.replaceChildren();
    checkLink();
  });
  status.append(" ", button);
}

function openForm(expiresAt) {
  const code = securityCode(document.querySelector("[data-security-code]"));
  whenLanguageChanges(() => {
    document.getElementById("expires").textContent = sayWhen("confirm.expires", expiresAt);
  });
  handleForm(form, code, {
    submit: async ({ identifier }) =>
      run("confirm-password-renewal", {
        token,
        identifier,
        securityCode: await code.answer(),
        smsLocale: currentLanguage().toUpperCase(),
      }),
    done,
    refused(problem) {
      const final = FINAL.includes(problem.code) || problem.attemptsLeft === 0;
      if (final) dead(problem);
      return final;
    },
  });
  showView("form");
}

function done(answer) {
  quote(document.getElementById("done-message"), answer.message);
  showView("done");
}

function dead({ code, message }) {
  quote(document.getElementById("dead-message"), message);
  whenLanguageChanges(() => {
    document.getElementById("dead-hint").textContent = say(`dead.${code}`);
  });
  document.getElementById("dead-again").hidden = NOT_ANEW.includes(code);
  showView("dead");
}

await startText();
if (token) await checkLink();
else dead({ code: "NO_LINK", message: "" });
