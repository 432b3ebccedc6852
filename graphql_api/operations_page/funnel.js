/** How far a round's requests have come, and how long each stretch took. */

import { barred } from "./charts.js";
import { duration, number, percent, sayCount } from "./format.js";
import { ask } from "./gateway.js";
import { empty, table } from "./table.js";
import { complaint } from "./troubles.js";
import { say } from "./text.js";

const STEPS = ["received", "dismissed", "linkSent", "confirmed", "passwordSent", "delivered"];
const STRETCHES = ["linkMailed", "linkUsed", "smsTaken", "smsArrived", "whole"];

/** Fill `place` with it, once it is counted. The rest of the view does not wait for it. */
export async function funnel(place, round) {
  try {
    const { recoveryStatistics: found } = await ask("funnel", { round });
    place.replaceChildren(...(found.total ? shown(found.total) : [empty("funnel.few")]));
  } catch (trouble) {
    place.replaceChildren(...(trouble.kind === "forbidden" ? [empty("funnel.forbidden")] : complaint(trouble)));
  }
}

const shown = ({ reached, times }) => [steps(reached), stretches(times)];

function steps(reached) {
  const rows = [...STEPS, "undelivered"].map((name) => ({ name, count: reached[name] }));
  const columns = [
    { label: say("funnel.step"), show: ({ name }) => say(`step.${name}`) },
    { label: say("funnel.count"), numeric: true, show: ({ count }) => number(count) },
    {
      ...{ label: say("funnel.share"), numeric: true },
      show: ({ name, count }) => {
        const share = reached.received ? count / reached.received : null;
        const isLoss = name === "dismissed" || name === "undelivered";
        return barred(share, percent(share), isLoss ? "lost" : "arrived");
      },
    },
  ];
  const caption = sayCount("funnel.caption", reached.received);
  return table({ name: "funnel", caption, columns, rows, isWhole: true });
}

function stretches(times) {
  const rows = STRETCHES.map((name) => ({ name, ...times[name] }));
  const time = (key) => ({
    ...{ label: say(`stretch.${key}`), numeric: true },
    show: (row) => (row[key] === null ? say("none") : duration(row[key])),
  });
  const columns = [
    { label: say("stretch.column"), show: ({ name }) => say(`stretch.${name}`) },
    ...["median", "p90", "p99"].map(time),
    { label: say("stretch.measured"), numeric: true, show: ({ measured }) => number(measured) },
  ];
  return table({ name: "stretches", caption: say("stretch.caption"), columns, rows, isWhole: true });
}
