/** The help icon: how to reach the assistance cell, and a form to write to it. */

import { handleForm } from "./form.js";
import { Lost, ask, run } from "./gateway.js";
import { securityCode } from "./security-code.js";
import { currentLanguage, quote, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const form = document.getElementById("form");

await startText();
const code = securityCode(document.querySelector("[data-security-code]"));
whenLanguageChanges(showContact);

handleForm(form, code, {
  submit: async (fields) =>
    run("contact-assistance", {
      topic: fields.topic,
      message: fields.message,
      email: fields.email,
      securityCode: await code.answer(),
    }),
  done(answer) {
    quote(document.getElementById("done-message"), answer.message);
    showView("done");
  },
});

async function showContact() {
  try {
    const contact = await ask("assistance", { locale: currentLanguage().toUpperCase() });
    for (const row of document.querySelectorAll("[data-contact]")) {
      const text = contact[row.dataset.contact];
      row.hidden = !text;
      row.querySelector("dd").textContent = text;
    }
    document.getElementById("contact").hidden = false;
  } catch (failure) {
    if (!(failure instanceof Lost)) throw failure;
    // The form below still works, or says why not.
  }
}
