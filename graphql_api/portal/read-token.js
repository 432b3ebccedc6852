/** The token of a link, from whatever became of the link on its way. */

const TOKEN = 43; // characters of a token
const CODE = /^[0-9A-Za-z]{52}$/; // the code that the e-mail prints, without what is between
const GROUPS = /(?:[0-9A-Za-z]{4}[\s>|-]*){13}/;
const BETWEEN = /[\s>|-]/g;
const WRAPPING = /[\s>|"'«»“”<]/; // what mail programs put into a link that they break or quote

/** The token, or the code for it, in a text that was typed, pasted or opened; "" without a whole
 * one. The gateway takes either. */
export function readToken(text) {
  const plain = decoded(text.replace(/=\r?\n/g, "").replace(/token=3D/gi, "token="));
  const behind = plain.split(/token=/i).slice(1).map(beginning);
  const whole = behind.find((token) => token.length === TOKEN);
  if (whole) return whole;
  if (behind.length) return "";
  const lines = [plain, ...plain.split("\n"), plain.match(GROUPS)?.[0] ?? ""];
  const code = lines.map((line) => line.replace(BETWEEN, "")).find((line) => CODE.test(line));
  if (code) return code;
  const alone = [...plain].filter((character) => !WRAPPING.test(character)).join("");
  return /^[\w-]*$/.test(alone) && alone.length === TOKEN ? alone : "";
}

/** Whether an address was to carry a token, be it whole or not. */
export const hadToken = (address) => /token(=|%3D)/i.test(decoded(address));

// Scanners encode what is encoded already.
function decoded(text) {
  for (let turn = 0; turn < 3 && text.includes("%"); turn++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      return text;
    }
  }
  return text;
}

function beginning(text) {
  let token = "";
  for (const character of text) {
    if (/[\w-]/.test(character)) token += character;
    else if (!WRAPPING.test(character)) break;
    if (token.length === TOKEN) break;
  }
  return token;
}
