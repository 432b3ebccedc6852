/** Screens 2 and 3: ask for a new password, and the confirmation that everyone gets. */

import { handleForm } from "./form.js";
import { ask, run } from "./gateway.js";
import { securityCode } from "./security-code.js";
import { quote, say, sayWhen, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const NUMIC_DIGITS = 8;
const form = document.getElementById("form");

await startText();
showCalendar();
const code = securityCode(document.querySelector("[data-security-code]"));
whenLanguageChanges(showPadded);
form.elements.numic.addEventListener("input", showPadded);
document.getElementById("use-numel").addEventListener("click", () => useNumber("numel", "numic"));
document.getElementById("use-numic").addEventListener("click", () => useNumber("numic", "numel"));

handleForm(form, code, {
  submit: async ({ numic, numel, email }) =>
    run("request-password-renewal", { numic, numel, email, securityCode: await code.answer() }),
  done(answer) {
    quote(document.getElementById("done-message"), answer.message);
    whenLanguageChanges(() => {
      const lifetime = say("request.lifetime", { minutes: answer.linkLifetime });
      document.getElementById("done-lifetime").textContent = lifetime;
    });
    showView("done");
  },
});

/** Until when renewal is open, or that it is closed; silent when nobody can tell. */
async function showCalendar() {
  const round = await ask("voting-round", {}).catch(() => undefined);
  if (round === undefined) return;
  whenLanguageChanges(() => {
    const place = document.getElementById("calendar");
    if (!round) place.textContent = say("request.closed");
    else if (round.isOpen) place.textContent = sayWhen("request.open", round.closesAt);
    else place.textContent = sayWhen("request.opens", round.opensAt);
  });
}

/** The guide: add zeros in front if needed. They are shown, so that nobody wonders. */
function showPadded() {
  const digits = form.elements.numic.value.replace(/[\s.\u00a0-]/g, "");
  const short = /^\d+$/.test(digits) && digits.length < NUMIC_DIGITS;
  document.getElementById("numic-padded").textContent = short
    ? say("request.padded", { numic: digits.padStart(NUMIC_DIGITS, "0") })
    : "";
}

function useNumber(shown, hidden) {
  form.querySelector(`[data-field="${hidden}"]`).hidden = true;
  form.querySelector(`[data-field="${shown}"]`).hidden = false;
  form.elements[hidden].value = "";
  showPadded();
  form.elements[shown].focus();
}
