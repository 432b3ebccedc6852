/** The gateway's clock: that of this machine may be wrong, and in the demo of an election it is. */

let ahead = 0; // milliseconds by which the gateway's clock is ahead of this machine's

/** Take the moment at which the gateway gave an answer that has just come. */
export function believe(moment) {
  if (moment) ahead = Date.parse(moment) - Date.now();
}

/** Milliseconds since 1970 by the gateway's clock. */
export const present = () => Date.now() + ahead;
