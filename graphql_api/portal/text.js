/** Words on the page: one catalogue a language, chosen by the browser's language or by the voter. */

import { keep, kept } from "./kept.js";

const LANGUAGES = ["fr", "en"];
const CHOICE = "reassort.language";
const catalogues = {};
const messages = {};
const listeners = [];
let language = "fr";

/** The language in force: "fr" or "en". The schema's `Locale` is the same in capitals. */
export const currentLanguage = () => language;

/** Whether there is a text for a key. */
export const canSay = (key) => key in (catalogues[language] ?? {});

/** The text for a key, with `{names}` filled in. */
export function say(key, values = {}) {
  const text = catalogues[language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** What the gateway said of a problem, in the language in force. `locale`: the language in which it
 * was said; of `values` its text may hold some. Stays as it was said where nobody can translate. */
export function said({ code, message, locale, ...values }, field = "") {
  if (locale === language) return message;
  const known = messages[language] ?? {};
  const { attemptsLeft } = values;
  const counted = known[`${code}.${attemptsLeft}`];
  const text = known[`${field}.${code}`] ?? counted ?? known[code] ?? message;
  const filled = { attempts_left: attemptsLeft };
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
  if (names.some((name) => filled[name] === undefined)) return message;
  return text.replace(/\{(\w+)\}/g, (_, name) => filled[name]);
}

/** A moment as it is written everywhere: "1er juillet 2027 à 14 h 05", "1 July 2027 at 14:05". */
export function written(moment, timeZone) {
  const parts = new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", {
    ...{ day: "numeric", month: "long", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone },
  }).formatToParts(new Date(moment));
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  if (language === "fr" && part.day === "1") part.day = "1er";
  part.hour = language === "fr" ? Number(part.hour) : part.hour;
  return say("moment", part);
}

/** The text for a key, with a moment in `{paris}` time, by which the election goes; when that is
 * not the voter's own time, the text for `key.local`, with the moment in `{local}` time, too. */
export function sayWhen(key, moment) {
  const paris = written(moment, "Europe/Paris");
  const local = written(moment);
  return paris === local ? say(key, { paris }) : say(`${key}.local`, { paris, local });
}

/** Call `listener` whenever the language changes, and now if there is one. */
export function whenLanguageChanges(listener) {
  listeners.push(listener);
  if (catalogues[language]) listener();
}

/** Load the catalogue, write the page in its language, and make the switch work. */
export async function startText() {
  await useLanguage(preferred());
  const button = document.querySelector("[data-language]");
  button.addEventListener("click", async () => {
    const next = other();
    keep(CHOICE, next);
    messages[next] ??= await load("messages", next).catch(() => ({}));
    await useLanguage(next);
  });
  button.hidden = false;
}

async function useLanguage(next) {
  catalogues[next] ??= await load("locales", next);
  language = next;
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-t]")) {
    const { t, values } = element.dataset;
    element.textContent = say(t, values && JSON.parse(values));
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", say(element.dataset.tLabel));
  }
  const button = document.querySelector("[data-language]");
  button.lang = other();
  button.textContent = say("language.other");
  listeners.forEach((listener) => listener());
}

async function load(folder, name) {
  const response = await fetch(new URL(`${folder}/${name}.json`, import.meta.url));
  return response.json();
}

const other = (name = language) => LANGUAGES[(LANGUAGES.indexOf(name) + 1) % LANGUAGES.length];

function preferred() {
  const asked = [new URLSearchParams(location.search).get("lang"), kept(CHOICE)];
  const wanted = [...asked, ...navigator.languages.map((name) => name.slice(0, 2))];
  return wanted.find((name) => LANGUAGES.includes(name)) ?? "fr";
}
