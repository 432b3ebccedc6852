/** The issuer at which operators sign in: its discovery document and its token endpoint. */

const PATIENCE = 15_000; // milliseconds
const { issuer, client, scopes } = JSON.parse(
  document.querySelector('meta[name="reassort-sign-in"]').content,
);
let known;

export { issuer, client, scopes };

/** Signing in, or staying signed in, did not work. `reason`: the end of a text's key; `detail`: what
 * the issuer called it. */
export class SignInFailed extends Error {
  constructor(reason, detail = "") {
    super(reason);
    Object.assign(this, { reason, detail });
  }
}

/** What the issuer says of itself. Throws `SignInFailed`. */
export async function discovered() {
  known ??= await discover();
  return known;
}

async function discover() {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { ok, told } = await answered(address);
  if (!ok || told.issuer !== issuer) throw new SignInFailed("discovery");
  if (!told.authorization_endpoint || !told.token_endpoint) throw new SignInFailed("discovery");
  return told;
}

/** Tokens for a code or for a refresh token. Throws `SignInFailed`; with the reason `unreachable`
 * the issuer has refused nothing. */
export async function tokensFor(grant) {
  const { token_endpoint: address } = await discovered();
  const body = new URLSearchParams({ client_id: client, ...grant });
  const { ok, status, told } = await answered(address, { method: "POST", body });
  if (status >= 500) throw new SignInFailed("unreachable");
  if (!ok) throw new SignInFailed("refused", told.error);
  if (!told.access_token || told.token_type?.toLowerCase() !== "bearer") {
    throw new SignInFailed("answer");
  }
  return told;
}

async function answered(address, given = {}) {
  const how = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" };
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(address, { ...how, ...given, signal });
    const told = (await response.json().catch(() => null)) ?? {};
    return { ok: response.ok, status: response.status, told };
  } catch {
    throw new SignInFailed("unreachable");
  }
}
