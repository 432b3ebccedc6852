/** Which rounds there are, and which of them is looked at. */

import { present } from "./clock.js";
import { ask } from "./gateway.js";
import { choice } from "./parts.js";
import { say } from "./text.js";

let chosen = null; // its id

/** Every round, in the calendar's order, with how it stands: UPCOMING, OPEN, CLOSED or RELEASED. Who
 * may not see the calendar is told of the round that is open or comes next. */
export async function everyRound() {
  try {
    return (await ask("rounds")).votingRounds;
  } catch (trouble) {
    if (trouble.kind !== "forbidden") throw trouble;
    const { votingRound: round } = await ask("round");
    return round ? [{ ...round, state: round.isOpen ? "OPEN" : stateOf(round) }] : [];
  }
}

const stateOf = ({ opensAt }) => (Date.parse(opensAt) > present() ? "UPCOMING" : "CLOSED");

/** The round that was chosen; else one that is open, the last that has closed, or the next; null
 * without any. */
export function chosenOf(rounds) {
  const known = rounds.find(({ id }) => id === chosen);
  const last = rounds.filter(({ state }) => state === "CLOSED").at(-1);
  return known ?? rounds.find(({ state }) => state === "OPEN") ?? last ?? rounds.at(0) ?? null;
}

/** The choice among rounds; nothing where there is one alone. */
export function roundChoice(rounds, round, changed) {
  if (rounds.length < 2) return null;
  const options = rounds.map(({ id, state }) => [id, say(`standing.${state}`, { id })]);
  return choice("round", say("round.which"), options, round.id, (id) => {
    chosen = id;
    changed();
  });
}
