/** The proof of work (altcha, version 2): a computation in place of a picture or a sound. */

import { Lost } from "./gateway.js";

const BREATH = 25; // attempts between two pauses, so that the page stays alive

/** Solve a challenge as the gateway issues it; the answer to send back. Given up once `isWanted` says no. */
export async function solve(challengeText, isWanted) {
  if (!challengeText || !crypto.subtle) throw new Lost(false);
  const challenge = JSON.parse(challengeText);
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  const counterView = new DataView(password.buffer, password.length - 4);
  for (let counter = 0; isWanted(); counter++) {
    counterView.setUint32(0, counter);
    const derivedKey = hex(await derive(password, bytes(salt), cost, keyLength));
    if (derivedKey.startsWith(keyPrefix)) {
      return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
    if (counter % BREATH === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

async function derive(password, salt, iterations, length) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, length * 8));
}

const bytes = (text) => new Uint8Array(text.match(/../g).map((pair) => parseInt(pair, 16)));
const hex = (array) => [...array].map((byte) => byte.toString(16).padStart(2, "0")).join("");
