/** Words on the page: one catalogue a language, chosen by the browser's language or by the voter. */

const LANGUAGES = ["fr", "en"];
const CHOICE = "reassort.language";
const catalogues = {};
const listeners = [];
let language = "fr";

/** The language in force: "fr" or "en". The schema's `Locale` is the same in capitals. */
export const currentLanguage = () => language;

/** The text for a key, with `{names}` filled in. */
export function say(key, values = {}) {
  const text = catalogues[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Write what the gateway says: it stays in the language in which it was asked. */
export function quote(element, text) {
  element.lang = language;
  element.textContent = text;
}

/** The text for a key, with a moment in `{paris}` time, by which the election goes; when that is
 * not the voter's own time, the text for `key.local`, with the moment in `{local}` time, too. */
export function sayWhen(key, moment) {
  const style = { dateStyle: "long", timeStyle: "short" };
  const format = (more) =>
    new Intl.DateTimeFormat(language, { ...style, ...more }).format(new Date(moment));
  const paris = format({ timeZone: "Europe/Paris" });
  const local = format({});
  return paris === local ? say(key, { paris }) : say(`${key}.local`, { paris, local });
}

/** Call `listener` now and whenever the language changes. */
export function whenLanguageChanges(listener) {
  listeners.push(listener);
  listener();
}

/** Load the catalogue, write the page in its language, and make the switch work. */
export async function startText() {
  await useLanguage(preferred());
  const button = document.querySelector("[data-language]");
  button.addEventListener("click", () => {
    const next = other();
    remember(next);
    useLanguage(next);
  });
  button.hidden = false;
}

async function useLanguage(next) {
  catalogues[next] ??= await load(next);
  language = next;
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = say(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", say(element.dataset.tLabel));
  }
  const button = document.querySelector("[data-language]");
  button.lang = other();
  button.textContent = say("language.other");
  listeners.forEach((listener) => listener());
}

const load = async (name) =>
  (await fetch(new URL(`locales/${name}.json`, import.meta.url))).json();

const other = (name = language) => LANGUAGES[(LANGUAGES.indexOf(name) + 1) % LANGUAGES.length];

function preferred() {
  const asked = [new URLSearchParams(location.search).get("lang"), remembered()];
  const wanted = [...asked, ...navigator.languages.map((name) => name.slice(0, 2))];
  return wanted.find((name) => LANGUAGES.includes(name)) ?? "fr";
}

// Private windows may refuse storage; the choice is then forgotten with the page.
function remembered() {
  try {
    return sessionStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

function remember(name) {
  try {
    sessionStorage.setItem(CHOICE, name);
  } catch {
    // The page still changes its language.
  }
}
