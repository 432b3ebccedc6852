/** Signing in by the authorization code flow with PKCE (RFC 7636), as a public client. What has to
 * outlive the way to the issuer and back is no token: it is kept in this tab until then. */

import { SignInFailed, client, discovered, issuer, scopes, tokensFor } from "./issuer.js";
import { keep, kept } from "./kept.js";

const PENDING = "reassort.sign-in";
const LEEWAY = 300; // seconds by which this machine's clock may differ from the issuer's

/** Go to the issuer; the page comes back with a code. `view`: what to show then. */
export async function goToIssuer(view) {
  if (!globalThis.crypto?.subtle) throw new SignInFailed("insecure");
  const { authorization_endpoint: address } = await discovered();
  const pending = { state: random(), nonce: random(), verifier: random(), view };
  keep(PENDING, JSON.stringify(pending));
  if (!kept(PENDING)) throw new SignInFailed("storage");
  const to = new URL(address);
  const asked = {
    response_type: "code",
    client_id: client,
    redirect_uri: here(),
    scope: scopes,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) to.searchParams.set(name, value);
  location.assign(to);
}

/** The tokens for the code in the address, which is taken out of it first; null without one.
 * Throws `SignInFailed`. */
export async function comeBack() {
  const told = new URLSearchParams(location.search);
  const pending = JSON.parse(kept(PENDING) || "null");
  if (!told.has("state")) return null;
  keep(PENDING, "");
  history.replaceState(null, "", `${location.pathname}#${pending?.view ?? ""}`);
  if (!pending || told.get("state") !== pending.state) throw new SignInFailed("state");
  if (told.has("iss") && told.get("iss") !== issuer) throw new SignInFailed("state");
  if (!told.get("code")) throw new SignInFailed(reasonOf(told.get("error")), told.get("error"));
  const tokens = await tokensFor({
    grant_type: "authorization_code",
    code: told.get("code"),
    redirect_uri: here(),
    code_verifier: pending.verifier,
  });
  check(claimsOf(tokens.id_token), pending.nonce);
  return tokens;
}

const reasonOf = (error) => (error === "access_denied" ? "denied" : "refused");

/** The ID token came from the token endpoint itself, over TLS: its signature need not be verified
 * (OpenID Connect Core, 3.1.3.7). */
function check({ iss, aud, azp, nonce, exp }, expected) {
  const audiences = [aud].flat();
  const isOurs = audiences.includes(client) && (audiences.length === 1 || azp === client);
  const isFresh = exp > Date.now() / 1000 - LEEWAY;
  if (iss !== issuer || !isOurs || !isFresh || nonce !== expected) throw new SignInFailed("answer");
}

function claimsOf(token) {
  try {
    const text = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (each) => each.charCodeAt())));
  } catch {
    throw new SignInFailed("answer");
  }
}

const here = () => location.origin + location.pathname;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
