/** The way to /graphql: the same door as any dashboard's, with the operator's token. */

import { believe } from "./clock.js";
import { token } from "./session.js";

const PATIENCE = 30_000; // milliseconds for one answer: evidence of a million requests takes ten
const documents = {};
const KINDS = { FORBIDDEN: "forbidden", UNAUTHENTICATED: "ended", TOO_MANY_REQUESTS: "limited" };

/** No answer that can be shown. `kind`: offline, broken, ended, forbidden, limited or invalid;
 * `retryAfter`: seconds; `reference`: under which the log has it; `detail`: what was said. */
export class Trouble extends Error {
  constructor(kind, told = {}) {
    super(kind);
    Object.assign(this, { kind, retryAfter: 0, reference: "", detail: "" }, told);
  }
}

/** Run `queries/<name>.graphql`; its data. Throws `Trouble`. */
export async function ask(name, variables = {}) {
  const query = await textOf(name);
  const first = await send(query, variables, await ours());
  if (first.status !== 401) return dataOf(first);
  const again = await ours(true);
  if (!again) throw new Trouble("ended");
  return dataOf(await send(query, variables, again));
}

async function ours(refused = false) {
  const held = await token(refused).catch((failure) => {
    throw new Trouble(failure.reason === "unreachable" ? "offline" : "ended");
  });
  if (!held && !refused) throw new Trouble("ended");
  return held;
}

async function textOf(name) {
  documents[name] ??= await attempt(async (signal) => {
    const response = await fetch(new URL(`queries/${name}.graphql`, import.meta.url), { signal });
    if (!response.ok) throw new Error("not there");
    return response.text();
  });
  return documents[name];
}

const send = (query, variables, bearer) =>
  attempt(async (signal) => {
    const response = await fetch(document.querySelector('meta[name="reassort-endpoint"]').content, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ query, variables }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
    const { status, headers } = response;
    return { status, headers, answer: (await response.json().catch(() => null)) ?? {} };
  });

function dataOf({ status, headers, answer: { data, errors } }) {
  if (data && !errors) {
    believe(data.now);
    return data;
  }
  const { message = "", extensions = {} } = errors?.[0] ?? {};
  const told = {
    retryAfter: Number(extensions.retryAfter ?? headers.get("retry-after") ?? 0),
    reference: extensions.correlationId ?? headers.get("x-correlation-id") ?? "",
    detail: message,
  };
  if (status === 401) throw new Trouble("ended", told);
  if (status === 429) throw new Trouble("limited", told);
  throw new Trouble(kindOf(extensions.code, status), told);
}

function kindOf(code, status) {
  if (code === "INVALID_FIELDS" || code === "BAD_USER_INPUT") return "invalid";
  return KINDS[code] ?? (status === 403 ? "forbidden" : "broken");
}

async function attempt(step) {
  try {
    return await step(AbortSignal.timeout(PATIENCE));
  } catch {
    throw new Trouble("offline");
  }
}
