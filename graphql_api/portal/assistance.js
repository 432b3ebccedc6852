/** The help icon: how to reach the assistance cell, and a form to write to it. */

import { make } from "./elements.js";
import { handleForm } from "./form.js";
import { Lost, ask, run } from "./gateway.js";
import { securityCode } from "./security-code.js";
import { currentLanguage, startText, whenLanguageChanges } from "./text.js";
import { showView } from "./views.js";

const ROWS = [
  { what: "phone", key: "assistance.phone", opens: (text) => `tel:${text.replace(/[^\d+]/g, "")}` },
  { what: "hours", key: "assistance.hours" },
  { what: "email", key: "assistance.mailbox", opens: (text) => `mailto:${text}` },
];

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
    const rows = ROWS.filter(({ what }) => contact[what]).map((row) => told(row, contact[row.what]));
    document.getElementById("contact").replaceChildren(...(rows.length ? [make("dl", {}, ...rows)] : []));
  } catch (failure) {
    if (!(failure instanceof Lost)) throw failure;
    // The form below still works, or says why not.
  }
}

/** One row, with a link where a device can open it. Without script nothing of it is there: pages
 * name whom to call in a note of their own. */
function told({ key, opens }, textContent) {
  const shown = opens ? make("a", { textContent, href: opens(textContent) }) : textContent;
  return make("div", {}, make("dt", { key }), make("dd", {}, shown));
}
