/** Figures, moments and places as people read them, in the language in force. */

import { present } from "./clock.js";
import { canSay, currentLanguage, say, written } from "./text.js";

const locale = () => (currentLanguage() === "fr" ? "fr-FR" : "en-GB");

/** Gives the formatter of a shape for the language in force, made when it is first wanted: making one
 * takes a hundred times as long as using it. */
function formatters(kind, options) {
  const made = {};
  return () => (made[locale()] ??= new kind(locale(), options));
}

const PARIS = { timeZone: "Europe/Paris" };
const MOMENT = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const numbers = formatters(Intl.NumberFormat, {});
const percents = [0, 1].map((digits) =>
  formatters(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }),
);
const plurals = formatters(Intl.PluralRules, {});
const countries = formatters(Intl.DisplayNames, { type: "region" });
const days = formatters(Intl.DateTimeFormat, { dateStyle: "short", ...PARIS });
const dates = formatters(Intl.DateTimeFormat, { day: "numeric", month: "long", ...PARIS });
const times = formatters(Intl.DateTimeFormat, { timeStyle: "short", ...PARIS });
const exactTimes = formatters(Intl.DateTimeFormat, { timeStyle: "medium", ...PARIS });
const moments = Object.fromEntries(
  ["Europe/Paris", "UTC"].flatMap((timeZone) => [
    [`${timeZone} false`, formatters(Intl.DateTimeFormat, { ...MOMENT, timeZone })],
    [`${timeZone} true`, formatters(Intl.DateTimeFormat, { ...MOMENT, second: "2-digit", timeZone })],
  ]),
);

/** "12 345", "12,345". */
export const number = (value) => numbers().format(value);

/** A share of 0 to 1: whole percents, tenths next to the ends, so that 99.96 % is not everybody. */
export function percent(share) {
  if (share === null || share === undefined) return say("none");
  const digits = share > 0.99 || share < 0.01 ? 1 : 0;
  const cut = Math.floor(share * 100 * 10 ** digits + 1e-9) / 10 ** digits / 100;
  return percents[digits]().format(cut);
}

/** The text for a number of things, in the singular where the language has it. */
export function sayCount(key, value, more = {}) {
  const form = plurals().select(value) === "one" ? "one" : "other";
  return say(`${key}.${form}`, { count: number(value), ...more });
}

/** A country by its two letters; as it stands where there is none of these. */
export function country(code) {
  if (!code) return say("group.unknown");
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return countries().of(code) ?? code;
}

/** What a rate's group is called. */
export function groupName({ channel, group }, by = "DESTINATION") {
  if (group === "other") return say("group.other");
  if (!group) return say("group.unknown");
  return by === "DESTINATION" && channel === "SMS" ? country(group) : group;
}

/** A whole date with its hour, by the clock of Paris. */
export const inParis = (moment) => written(moment, "Europe/Paris");

/** Day and hour by a clock, short: "1 juil., 14 h 05", "1 Jul, 14:05:10". `timeZone`: of Paris or
 * UTC. */
export function short(moment, timeZone, exact = false) {
  const text = moments[`${timeZone} ${exact}`]().format(new Date(moment));
  return exact ? text : withHour(text);
}

/** The time of day by the clock of Paris: "14 h 05", "14:05"; with seconds "14:05:10". */
export const timeOf = (moment, exact = false) =>
  exact ? exactTimes().format(new Date(moment)) : withHour(times().format(new Date(moment)));

const withHour = (text) =>
  currentLanguage() === "fr" ? text.replace(/(\d\d):(\d\d)$/, "$1\u00a0h\u00a0$2") : text;

/** The same, with its day where that is another than today's: "le 27 mai à 12 h 52". */
export function hour(moment) {
  const [then, today] = [moment, present()].map((each) => days().format(new Date(each)));
  if (then === today) return timeOf(moment);
  return say("day.hour", { date: dates().format(new Date(moment)), time: timeOf(moment) });
}

/** Seconds as people say them: "40 s", "3 min", "2 h". */
export function duration(seconds) {
  if (seconds < 90) return say("seconds", { count: Math.round(seconds) });
  if (seconds < 5400) return say("minutes", { count: Math.round(seconds / 60) });
  return say("hours", { count: Math.round(seconds / 3600) });
}

/** The text of a family for a code of the schema's; the code itself where there is none yet. */
export const coded = (family, code) =>
  canSay(`${family}.${code}`) ? say(`${family}.${code}`) : code;

/** A moment that was typed into a field by the clock of Paris, with its zone; null for none. */
export function typedInParis(text) {
  if (!text) return null;
  const guess = new Date(`${text}Z`);
  const shown = new Date(`${inputInParis(guess)}Z`);
  return new Date(2 * guess - shown).toISOString();
}

/** What a field of the kind `datetime-local` shows for a moment, by the clock of Paris. */
export const inputInParis = (moment) =>
  new Intl.DateTimeFormat("sv-SE", {
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    timeZone: "Europe/Paris",
  })
    .format(new Date(moment))
    .replace(" ", "T");
