/** The price of a security code: a number whose SHA-256 begins with zeros, found while one types. */

const PIECE = 8; // milliseconds of work between two pauses, in which the page answers
const LOOK = 256; // attempts between two looks at the clock
const KNOWN = /^sha256:(\d{1,2}):[0-9a-f]{2,32}$/; // with a number of 12 digits it fits into one block

/**
 * Solve `sha256:<bits>:<hex>`; the proof to send along, or null where there is nothing that could be
 * paid. `isWanted` is asked before each piece of work: once it says no, the answer is null.
 */
export async function pay(price, isWanted = () => true) {
  const [, bits] = KNOWN.exec(price ?? "") ?? [];
  if (!bits) return null;
  const attempt = attempts(`${price}:`);
  const zeros = Number(bits);
  for (let tried = 0; isWanted(); await pause()) {
    const until = performance.now() + PIECE;
    do {
      for (const end = tried + LOOK; tried < end; tried++) {
        if (Math.clz32(attempt(tried)) >= zeros) return String(tried);
      }
    } while (performance.now() < until);
  }
  return null;
}

/** Browsers make timers wait for 4 ms; a message comes at once, after what is waiting already. */
async function pause() {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  port1.close();
}

/** A function of a number: the first 32 bits of the SHA-256 of `text` and the number. */
function attempts(text) {
  const block = new Uint8Array(64);
  const words = new Int32Array(64);
  const start = write(text, 0);
  for (let i = 0; i < 16; i++) readWord(i);

  function write(letters, at) {
    for (let each = 0; each < letters.length; each++) block[at + each] = letters.charCodeAt(each);
    return at + letters.length;
  }

  function readWord(i) {
    const at = 4 * i;
    words[i] = (block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3];
  }

  return (number) => {
    const end = write(String(number), start);
    block[end] = 0x80; // behind it there are zeros: numbers grow
    for (let i = start >> 2; i <= end >> 2; i++) readWord(i);
    words[15] = 8 * end;
    return firstWord(words);
  };
}

const PRIMES = primes(64);
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
const ROUND = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

function primes(wanted) {
  const found = [];
  for (let number = 2; found.length < wanted; number++) {
    if (found.every((prime) => number % prime)) found.push(number);
  }
  return found;
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

/** FIPS 180-4, for a message of one block. The browser's own digest takes longer, as each call of it
 * is a promise. */
function firstWord(words) {
  for (let i = 16; i < 64; i++) {
    const near = words[i - 2];
    const far = words[i - 15];
    const mixed = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
    const added = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
    words[i] = words[i - 16] + mixed + words[i - 7] + added;
  }
  let [a, b] = [START[0], START[1]];
  let [c, d] = [START[2], START[3]];
  let [e, f] = [START[4], START[5]];
  let [g, h] = [START[6], START[7]];
  for (let i = 0; i < 64; i++) {
    const sum = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + sum + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  return (a + START[0]) | 0;
}
