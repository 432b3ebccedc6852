/** What is in trouble, and in which order: the same figures as those that give an alert. */

import { country, groupName, hour, percent, sayCount } from "./format.js";
import { say } from "./text.js";

const watched = JSON.parse(document.querySelector('meta[name="reassort-watched"]').content);

export const { below, sample, cell } = watched;

/** Whether too few messages of a group have arrived, of enough that it means something. */
export const isPoor = ({ rate, delivered, lost }) =>
  rate !== null && delivered + lost >= sample && rate < below;

/** How many voters nothing is known to have reached. */
export const unreachedIn = ({ waiting, lost, links }) => waiting + lost + links;

/** `level`: bad, watch or good; `headline`: one sentence; `troubles`: `{ level, text }`, the worst
 * first. `told`: the answers for `votersUnreached`, `deliveryRates` and `routes`; `span`: how far the
 * rates look back, as text. */
export function judge({ votersUnreached, deliveryRates, routes }, span) {
  const poor = deliveryRates.filter(isPoor).map((rate) => ({
    level: "bad",
    text: poorText(rate, routes, span),
  }));
  const fallen = routes
    .filter(({ health }) => health === "FAILING")
    .map((route) => ({ level: "watch", text: fallenText(route) }));
  const unreached = unreachedIn(votersUnreached);
  const troubles = [...poor, ...fallen];
  if (unreached) troubles.push({ level: "watch", text: sayCount("judge.unreached", unreached) });
  const [worst] = troubles;
  if (!worst) return { level: "good", headline: say("judge.good"), troubles };
  return { level: worst.level, headline: worst.text, troubles };
}

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
    place: route.channel === "SMS" ? country(route.country) : route.domain,
    hour: hour(route.since),
  });
