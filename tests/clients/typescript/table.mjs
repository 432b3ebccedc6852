// Every voter of the sandbox's table, and what any voter may bring about, through a client library: what it
// makes of screens 2 and 5.
// `client` has ask(input), look(token) and confirm(input), each of which gives a member of the union,
// and outcome(error), which gives the code or the HTTP status of what the library throws.
const SKIPPED = new Set(["slow"]); // takes three seconds a form
const SEVERAL = new Set(["LinkRejected", "SecurityCodeRejected"]); // members with more than one code

export async function play(base, client) {
  const { voters, identifier, securityCode } = await read("/dev/scenarios.json");
  const code = (step, id) => ({ id: `sandbox-${step}-${id}`, answer: securityCode.right });
  for (const voter of voters.filter(({ name }) => !SKIPPED.has(name))) {
    const { numic, address: email } = voter;
    const asked = await said(client, client.ask, {
      numic, email, locale: "EN", securityCode: code("request", numic),
    });
    compare(voter.name, asked, voter.request);
    if (!voter.confirm) continue;
    const token = await newestToken(email);
    await client.look(token);
    const confirmed = await said(client, client.confirm, {
      token, identifier, locale: "EN", securityCode: code("confirm", numic),
    });
    compare(voter.name, confirmed, voter.confirm);
  }
  await anyone();
  console.log("all as the table says");

  // What any voter may bring about: here the second one, from the beginning.
  async function anyone() {
    await fetch(`${base}/dev/reset`, { method: "POST", body: "{}" });
    const { numic, address: email } = voters.find(({ name }) => name === "renewed-too");
    const ask = (name, fields = {}) => said(client, client.ask, {
      numic, email, locale: "EN", securityCode: code("request", name), ...fields,
    });
    const wrong = { id: "sandbox-request-w", answer: securityCode.wrong };
    compare("invalid", await ask("invalid", { numic: "1x" }), "InvalidFields");
    compare("first", await ask("first"), "RenewalRequested");
    for (const [given, wanted] of [
      [{ id: "made-up", answer: "1234" }, "UNKNOWN"], [wrong, "WRONG"], [code("request", "first"), "USED"],
    ]) {
      const found = await ask("", { securityCode: given });
      compare(wanted, found, `SecurityCodeRejected SECURITY_CODE_${wanted}`);
    }
    const token = await newestToken(email);
    const confirm = (name, fields = {}) => said(client, client.confirm, {
      token, identifier, locale: "EN", securityCode: code("confirm", name), ...fields,
    });
    const other = { identifier: "ZZZZZZZZZZZZ" };
    compare("other", await confirm("other", other), "LinkRejected IDENTIFIER_MISMATCH");
    const none = { token: "A".repeat(token.length) };
    compare("none", await confirm("none", none), "LinkRejected UNKNOWN_LINK");
    compare("done", await confirm("done"), "PasswordRenewed");
    compare("again", await confirm("again"), "LinkRejected LINK_USED");
    compare("look", (await client.look(token)).code, "LINK_USED");
  }

  async function read(path) {
    return (await fetch(base + path)).json();
  }

  async function newestToken(address) {
    const { emails } = await read("/dev/inbox.json");
    const text = emails.find(({ to, text }) => to === address && text.includes("token=")).text;
    return /token=([\w-]+)/.exec(text)[1];
  }
}

async function said(client, operation, input) {
  try {
    const member = await operation(input);
    if (!member.message) throw new Error(`nothing to show: ${JSON.stringify(member)}`);
    const { __typename: kind, code } = member;
    return SEVERAL.has(kind) ? `${kind} ${code}` : kind;
  } catch (error) {
    return client.outcome(error) ?? Promise.reject(error);
  }
}

function compare(name, found, wanted) {
  if (found !== wanted) throw new Error(`${name}: ${found}, the table says ${wanted}`);
}
