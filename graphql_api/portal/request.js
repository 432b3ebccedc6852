/** Screens 2 and 3: ask for a new password, and the confirmation that everyone gets. */

import { help, list, make } from "./elements.js";
import { handleForm } from "./form.js";
import { ask, run } from "./gateway.js";
import { keep, kept } from "./kept.js";
import { securityCode } from "./security-code.js";
import { say, sayWhen, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const NUMIC_DIGITS = 8;
const TYPED = "reassort.request";
const REQUESTED = "reassort.requested"; // for how many minutes the link is good
const form = document.getElementById("form");
const { numic, numel, email } = form.elements;
const minutesBefore = isNewVisit() ? 0 : Number(kept(REQUESTED));
let wasSent = minutesBefore > 0;

restoreTyped();
addEventListener("pagehide", keepTyped);
await startText();
showCalendar();
const code = securityCode(document.querySelector("[data-security-code]"));
whenLanguageChanges(showPadded);
numic.addEventListener("input", showPadded);
document.getElementById("use-numel").addEventListener("click", () => useNumber(numel, numic));
document.getElementById("use-numic").addEventListener("click", () => useNumber(numic, numel));

handleForm(form, code, {
  submit: async ({ numic, numel, email }) =>
    run("request-password-renewal", { numic, numel, email, securityCode: await code.answer() }),
  done({ linkLifetime }) {
    wasSent = true;
    keep(REQUESTED, String(linkLifetime));
    showView("done", ...requested(linkLifetime, "requested.again"));
  },
  refused({ code }) {
    if (code === "RENEWAL_CLOSED") showCalendar();
    return false;
  },
});

if (minutesBefore) showView("done", ...requested(minutesBefore, "dead.again"));

/** Whether the voter comes by a link or an address. Who loads screen 3 again, or whose phone does,
 * or who comes back to it, has asked already. */
function isNewVisit() {
  const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  if (isNew) keep(REQUESTED, "");
  return isNew;
}

/** Screen 3; `anew`: the key for the way to another request. */
function requested(minutes, anew) {
  const link = minutes === 1 ? "requested.step.link.1" : "requested.step.link";
  const again = make("a", { href: "demande", key: anew });
  again.addEventListener("click", (event) => {
    event.preventDefault();
    wasSent = false;
    keep(REQUESTED, "");
    code.renew();
    showView("form");
  });
  return [
    make("h1", { key: "requested.heading" }),
    make("p", { id: "done-message", className: "answer", key: "requested.lead" }),
    make("h2", { key: "requested.next" }),
    make(
      "ol",
      {},
      make("li", { key: "requested.step.mail" }),
      make("li", { key: link, values: { minutes } }),
      make("li", { key: "requested.step.identifier" }),
      make("li", { key: "requested.step.sms" }),
    ),
    make("h2", { key: "requested.nothing" }),
    list("ul", "requested.nothing.wait", "requested.nothing.check", "requested.nothing.twice"),
    make("p", {}, again),
    help(),
  ];
}

/** Until when renewal is open, or in place of the form that it is not; nothing when nobody knows. */
async function showCalendar() {
  const round = await ask("voting-round", {}).catch(() => undefined);
  if (round === undefined) return;
  const place = round?.isOpen ? document.getElementById("calendar") : make("p", { id: "closed", className: "answer" });
  if (!round?.isOpen) {
    showView("closed", make("h1", { key: "closed.heading" }), place, help());
  }
  whenLanguageChanges(() => {
    if (!round) place.textContent = say("request.closed");
    else if (round.isOpen) place.textContent = sayWhen("request.open", round.closesAt);
    else place.textContent = sayWhen("request.opens", round.opensAt);
  });
}

/** The guide: add zeros in front if needed. They are shown, so that nobody wonders. */
function showPadded() {
  const digits = numic.value.replace(/[\s.\u00a0-]/g, "");
  const short = /^\d+$/.test(digits) && digits.length < NUMIC_DIGITS;
  document.getElementById("numic-padded").textContent = short
    ? say("request.padded", { numic: digits.padStart(NUMIC_DIGITS, "0") })
    : "";
}

function useNumber(shown, hidden) {
  hidden.closest(".field").hidden = true;
  shown.closest(".field").hidden = false;
  hidden.value = "";
  showPadded();
  shown.focus();
}

/** What was typed is there again after a look at the help page. It goes once it was sent. */
function keepTyped() {
  const typed = [numic.value, numel.value, email.value];
  keep(TYPED, !wasSent && typed.some(Boolean) ? JSON.stringify(typed) : "");
}

function restoreTyped() {
  if (!kept(TYPED)) return;
  [numic.value, numel.value, email.value] = JSON.parse(kept(TYPED));
  if (!numel.value) return;
  numic.closest(".field").hidden = true;
  numel.closest(".field").hidden = false;
}
