// Relay, compiled. Argument: the sandbox's address.
import { clientOf } from "./built/relay/client.js";
import { play } from "./table.mjs";

const base = process.argv[2];
await play(base, clientOf(base));
