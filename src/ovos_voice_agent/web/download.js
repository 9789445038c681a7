/** The conversation as a file: text to read, JSON to work with, WAV to hear. */

import { heardText } from "./conversation.js";
import { save } from "./dom.js";

/** @typedef {import("./conversation.js").Said} Said */

const NAMES = { user: "You", assistant: "Assistant", system: "Instruction", call: "Function", output: "Result" };

/** @param {Said[]} items @returns {Blob} */
export function asText(items) {
  const lines = items.filter((said) => heardText(said)).map((said) => `${NAMES[said.who]}: ${heardText(said)}`);
  return new Blob([lines.join("\n\n"), "\n"], { type: "text/plain" });
}

/** @param {Said[]} items @param {import("./turns.js").Turn[]} turns @returns {Blob} */
export function asJson(items, turns) {
  const said = items.map((item) => ({
    ...{ id: item.id, who: item.who, text: item.text, heard: heardText(item), spoken: item.spoken },
    ...{ heard_ms: item.heardMs, interrupted: item.cutChars !== null, at: item.at.toISOString() },
    ...(item.name ? { name: item.name } : {}),
    ...(item.callId ? { call_id: item.callId } : {}),
  }));
  return new Blob([JSON.stringify({ items: said, turns }, null, 2), "\n"], { type: "application/json" });
}

/** @param {Blob} blob @param {string} ending */
export function saveConversation(blob, ending) {
  const now = new Date().toISOString().slice(0, 16).replace(":", "").replace("T", "-");
  save(blob, `conversation-${now}.${ending}`);
}
