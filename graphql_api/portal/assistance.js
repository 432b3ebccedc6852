/** The help icon: how to reach the assistance cell, and a form to write to it. */

import { make } from "./elements.js";
import { handleForm } from "./form.js";
import { Lost, ask, run } from "./gateway.js";
import { securityCode } from "./security-code.js";
import { currentLanguage, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const OPENS = { phone: (text) => `tel:${text.replace(/[^\d+]/g, "")}`, email: (text) => `mailto:${text}` };

await startText();
const code = securityCode(document.querySelector("[data-security-code]"));
whenLanguageChanges(showContact);

handleForm(document.getElementById("form"), code, {
  submit: async (fields) =>
    run("contact-assistance", {
      topic: fields.topic,
      message: fields.message,
      email: fields.email,
      securityCode: await code.answer(),
    }),
  done({ reference }) {
    showView(
      "done",
      make("h1", { key: "assistance.done" }),
      make("p", { className: "answer", key: "assistance.done.text", values: { reference } }),
    );
  },
});

async function showContact() {
  try {
    const contact = await ask("assistance", { locale: currentLanguage().toUpperCase() });
    for (const row of document.querySelectorAll("[data-contact]")) {
      const { contact: kind } = row.dataset;
      const textContent = contact[kind];
      row.hidden = !textContent;
      const opens = OPENS[kind] ?? (() => "");
      const shown = opens(textContent) ? make("a", { textContent, href: opens(textContent) }) : textContent;
      row.querySelector("dd").replaceChildren(shown);
    }
    document.getElementById("contact").hidden = false;
  } catch (failure) {
    if (!(failure instanceof Lost)) throw failure;
    // The form below still works, or says why not.
  }
}
