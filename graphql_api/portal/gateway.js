/** The way to /graphql: the same documents and the same door as any partner's front end. */

import { currentLanguage } from "./text.js";

const PATIENCE = 20_000; // milliseconds for one answer
const documents = {};

/** The gateway did not answer as a gateway does: no connection, a 5xx, or too slow. `retryAfter`:
 * seconds; `reference`: under which its operators find what happened; `place`: the id of what
 * to try instead. */
export class Lost extends Error {
  constructor(offline, { retryAfter = 0, reference = "", place = "" } = {}) {
    super("no answer");
    Object.assign(this, { offline, retryAfter, reference, place });
  }
}

/** Run `operations/<name>.graphql` with an input; the first field of its data. Throws `Lost`. */
export async function run(name, input) {
  const variables = { input: { ...input, locale: currentLanguage().toUpperCase() } };
  return ask(name, variables);
}

/** The same with variables of the caller's own. */
export async function ask(name, variables) {
  const answer = await send(await document_(name), variables);
  return Object.values(answer.data)[0];
}

async function document_(name) {
  documents[name] ??= await text(new URL(`operations/${name}.graphql`, import.meta.url));
  return documents[name];
}

async function text(address) {
  const response = await attempt(() => fetch(address, { signal: AbortSignal.timeout(PATIENCE) }));
  if (!response.ok) throw new Lost(false);
  return response.text();
}

async function send(query, variables) {
  const endpoint = document.querySelector('meta[name="reassort-endpoint"]').content;
  const response = await attempt(() =>
    fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE),
    }),
  );
  if (response.status >= 500) throw unanswered(response, await response.json().catch(() => ({})));
  const answer = await attempt(() => response.json());
  if (!answer.data) throw unanswered(response, answer);
  return answer;
}

function unanswered({ headers }, { errors }) {
  const told = errors?.[0]?.extensions ?? {};
  const reference = told.correlationId ?? headers.get("x-correlation-id") ?? "";
  const retryAfter = told.retryAfter ?? Number(headers.get("retry-after")) ?? 0;
  return new Lost(false, { retryAfter, reference });
}

async function attempt(step) {
  try {
    return await step();
  } catch {
    throw new Lost(true);
  }
}
