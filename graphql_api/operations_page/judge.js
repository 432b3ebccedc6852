/** What is in trouble, and in which order: the deployment's alerts first, then what the figures say
 * by the same bounds and no alert says. */

import { country, groupName, hour, number, percent, sayCount } from "./format.js";
import { currentLanguage, say } from "./text.js";

const watched = JSON.parse(document.querySelector('meta[name="reassort-watched"]').content);
const KINDS = [
  ...["WORKERS_MISSING", "CLOCK_REFUSED", "RESTORE_FOUND", "NEIGHBOUR_DOWN", "DELIVERY_FELL"],
  ...["SPENDING_STOPPED", "ROUTE_FELL", "MAIL_ROUTE_FELL", "PASSWORDS_REFUSED", "JOBS_LATE"],
]; // the gravest first; others follow

const AXES = ["DEPLOYMENT", "COUNTRY", "MAILBOX_DOMAIN", "CONSTITUENCY", "ROUTE"]; // widest first

export const { below, sample, cell } = watched;

/** Whether too few messages of a group have arrived, of enough that it means something. */
export const isPoor = ({ rate, delivered, lost }) =>
  rate !== null && delivered + lost >= sample && rate < below;

/** How many voters nothing is known to have reached. */
export const unreachedIn = ({ waiting, lost, links }) => waiting + lost + links;

/** `level`: bad, watch or good; `headline`: one sentence; `troubles`: `{ level, text, more, alert }`,
 * the worst first, with its alert where it is one; `text` and `more` are put into words when they
 * are read, for few of many are shown. `told`: the answers for `votersUnreached`, `deliveryRates`,
 * `routes` and `alerts`, which are null where the operator may not see them; `span`: how far the
 * rates look back. */
export function judge({ votersUnreached, deliveryRates, routes, alerts }, span) {
  const known = new Set((alerts ?? []).map(({ kind, value }) => `${kind} ${value}`));
  const isNew = (kind, value) => !known.has(`${kind} ${value}`);
  const poor = deliveryRates
    .filter((rate) => isPoor(rate) && isNew("DELIVERY_FELL", rate.group))
    .map((rate) => ({
      level: "bad",
      get text() { return poorText(rate, routes, span); },
      get more() { return doneIn(rate.group, routes); },
    }));
  const fallen = routes
    .filter((route) => route.health === "FAILING" && isNew(...fallenAs(route)))
    .map((route) => ({
      level: "watch",
      get text() { return fallenText(route); },
      get more() { return doneIn(placeOf(route), routes); },
    }));
  const raised = (alerts ?? []).map((alert) => ({
    level: alert.state === "RAISED" && alert.kind !== "VOTERS_UNREACHED" ? "bad" : "watch",
    rank: rankOf(alert),
    alert,
    get text() { return alertText(alert, { votersUnreached, deliveryRates, routes }); },
    get more() { return [doneIn(alert.value.split(": ").at(-1), routes), seenTo(alert)].filter(Boolean).join(" "); },
  }));
  const unreached = unreachedIn(votersUnreached);
  const others = [];
  if (unreached && isNew("VOTERS_UNREACHED", "")) {
    others.push({ level: "watch", text: sayCount("judge.unreached", unreached) });
  }
  const troubles = inOrder([...raised, ...poor, ...fallen, ...others]);
  const [worst] = troubles;
  if (!worst) return { level: "good", headline: say("judge.good"), troubles };
  return { level: worst.level, headline: worst.text, troubles };
}

const fallenAs = ({ channel, route, country: code, domain }) =>
  channel === "SMS"
    ? ["ROUTE_FELL", `${route}: ${code}`]
    : ["MAIL_ROUTE_FELL", `${route}: ${domain}`];

const placeIn = (list, name) => (list.includes(name) ? list.indexOf(name) : list.length);

const rankOf = ({ kind, axis }) => placeIn(KINDS, kind) + placeIn(AXES, axis) / 10;

/** Bad before watched, then by what it is, then the oldest. */
function inOrder(troubles) {
  const weight = ({ level, rank }) => (level === "bad" ? 0 : 100) + (rank ?? KINDS.length);
  const since = ({ alert }) => Date.parse(alert?.raisedAt ?? 0);
  return [...troubles].sort((a, b) => weight(a) - weight(b) || since(a) - since(b));
}

/** With the figures of now where they are on the page; else the gateway's own sentence. */
function alertText(alert, { votersUnreached, deliveryRates, routes }) {
  const since = hour(alert.raisedAt);
  const rate = deliveryRates.find(({ group }) => group === alert.value);
  const route = routes.find((each) => fallenAs(each).join() === `${alert.kind},${alert.value}`);
  if (route) return fallenText(route);
  if (alert.kind === "DELIVERY_FELL" && rate && rate.rate !== null) {
    const values = { place: groupName(rate), share: percent(rate.rate), hour: since };
    return say(`judge.fell.${rate.channel === "SMS" ? "sms" : "email"}`, values);
  }
  const counted = Object.fromEntries(alert.figures.map(({ name, value }) => [name, Number(value)]));
  if (alert.kind === "DELIVERY_FELL" && alert.axis === "ROUTE" && counted.ended) {
    const [name, code] = alert.value.split(": ");
    const values = { place: country(code), route: name, hour: since };
    return sayCount("judge.fell.route", counted.delivered, { ...values, ended: number(counted.ended) });
  }
  if (alert.kind === "DELIVERY_FELL" && alert.axis === "CONSTITUENCY" && counted.confirmed) {
    const share = percent(counted.delivered / counted.confirmed);
    return say("judge.fell.constituency", { place: alert.value, share, hour: since });
  }
  if (alert.kind === "VOTERS_UNREACHED") {
    return sayCount("judge.unreached.since", unreachedIn(votersUnreached), { hour: since });
  }
  const text = alert[currentLanguage()].replace(/\.$/, "");
  return say("judge.alert", { text, hour: since });
}

/** Who looks after it, and what was noted; "" while nobody does. */
function seenTo({ state, acknowledgedBy, note }) {
  if (state !== "ACKNOWLEDGED") return "";
  const by = say("judge.seen", { who: acknowledgedBy ?? say("group.unknown") });
  return note ? say("judge.noted", { by, note }) : by;
}

/** By which route messages go there since one has fallen; "" where they go as before. */
function doneIn(place, routes) {
  const replaced = routes.filter((route) => route.instead && placeOf(route) === place);
  if (!replaced.length) return "";
  const [{ channel, instead }] = replaced;
  const since = replaced.map((route) => route.since).sort().at(-1);
  const values = { route: instead, hour: hour(since) };
  return say(channel === "SMS" ? "judge.done.sms" : "judge.done.email", values);
}

const placeOf = ({ domain, country: code }) => domain ?? code;

function poorText(rate, routes, span) {
  const since = routes
    .filter(({ health, country: place }) => health === "FAILING" && place === rate.group)
    .map((route) => route.since)
    .sort()[0];
  const values = { place: groupName(rate), share: percent(rate.rate), span };
  const kind = rate.channel === "SMS" ? "sms" : "email";
  if (!since) return say(`judge.poor.${kind}`, values);
  return say(`judge.poor.${kind}.since`, { ...values, hour: hour(since) });
}

const fallenText = (route) =>
  say(route.channel === "SMS" ? "judge.fallen.sms" : "judge.fallen.email", {
    route: route.route,
    place: groupName({ channel: route.channel, group: placeOf(route) }),
    hour: hour(route.since),
  });
