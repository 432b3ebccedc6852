// An SMSC made of the npm package `smpp`, for the trials in tests/trials: by other hands than ours.
//
//   npm ci --prefix tests/servers
//   node tests/servers/smsc.js PORT JOURNAL
//
// PORT 0 takes a free one; the port is printed. What it accepted and what it has reported goes into
// JOURNAL, so that a killed SMSC that is started again owes the receipts that it owed before.
// SIGUSR2 throttles for three seconds. Account: reassort, secret.
"use strict";

const fs = require("node:fs");
const smpp = require("smpp");

const [port, journal] = [Number(process.argv[2]), process.argv[3]];
const AT_ONCE = 50; // receipts on their way
const RETRY_AFTER = 200; // ms, for a receipt that was not taken
const owed = new Map(); // id -> number of the receiver
let last = 0;
let throttledUntil = 0;

function replay() {
  if (!fs.existsSync(journal)) return;
  for (const line of fs.readFileSync(journal, "utf8").split("\n")) {
    const [what, id, number] = line.split(" ");
    if (what === "accepted") {
      owed.set(id, number);
      last = Math.max(last, parseInt(id, 16));
    }
    if (what === "reported") owed.delete(id);
  }
}

function write(...words) {
  fs.appendFileSync(journal, words.join(" ") + "\n");
}

function stamp() {
  return new Date().toISOString().replace(/[^0-9]/g, "").slice(2, 12);
}

function receipt(id) {
  const now = stamp();
  return `id:${id} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:-`;
}

const receivers = new Set(); // bound sessions
const underway = new Set(); // ids of receipts whose answer is awaited

function report() {
  const [session] = receivers;
  if (!session) return;
  for (const [id, number] of owed) {
    if (underway.size >= AT_ONCE) return;
    if (underway.has(id)) continue;
    underway.add(id);
    const fields = { source_addr: number, esm_class: 4, short_message: receipt(id) };
    session.deliver_sm(fields, (answer) => {
      if (answer.command_status === smpp.ESME_ROK) {
        write("reported", id);
        owed.delete(id);
        underway.delete(id);
      } else {
        setTimeout(() => underway.delete(id), RETRY_AFTER);
      }
    });
  }
}

function submitted(session, pdu) {
  if (Date.now() < throttledUntil) {
    write("throttled");
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  const id = (last += 1).toString(16);
  write("accepted", id, pdu.destination_addr, JSON.stringify(pdu.short_message.message));
  owed.set(id, pdu.destination_addr);
  session.send(pdu.response({ message_id: id }));
}

const server = smpp.createServer({}, (session) => {
  session.on("bind_transceiver", (pdu) => {
    const known = pdu.system_id === "reassort" && pdu.password === "secret";
    session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RBINDFAIL }));
    if (known) receivers.add(session);
  });
  session.on("submit_sm", (pdu) => submitted(session, pdu));
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("error", () => {});
  session.on("close", () => {
    receivers.delete(session);
    underway.clear();
  });
});

process.on("SIGUSR2", () => {
  throttledUntil = Date.now() + 3000;
});
replay();
setInterval(report, 5);
server.listen(port, "127.0.0.1", () => console.log(server.address().port));
