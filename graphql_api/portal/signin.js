/** Screen 1: where a voter who lost the password begins. */

import { startText } from "./text.js";

await startText();
