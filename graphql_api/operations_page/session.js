/** The tokens of who has signed in. They are in this module's memory and nowhere else: a reload
 * forgets them. */

import { tokensFor } from "./issuer.js";

const EARLY = 30; // seconds before its end at which a token is renewed
let held = null;
let renewal = null;

/** Whether somebody has signed in, and not out. */
export const isSignedIn = () => held !== null;

/** Hold what the issuer gave. */
export function hold({ access_token: access, refresh_token: refresh, expires_in: seconds }) {
  const endsAt = performance.now() + 1000 * ((seconds ?? Infinity) - EARLY);
  held = { access, refresh: refresh ?? held?.refresh, endsAt };
}

/** Forget everything. */
export const forget = () => (held = null);

/** An access token, a fresh one where the one held is about to end and can be renewed; `refused`: the
 * gateway has refused that one. Null when there is none left. Throws `SignInFailed`. */
export async function token(refused = false) {
  if (!held || (!refused && performance.now() < held.endsAt)) return held?.access ?? null;
  if (!held.refresh) return refused ? null : held.access;
  renewal ??= renew(held).finally(() => (renewal = null));
  await renewal;
  return held?.access ?? null;
}

async function renew(before) {
  const grant = { grant_type: "refresh_token", refresh_token: before.refresh };
  const tokens = await tokensFor(grant);
  if (held === before) hold(tokens);
}
