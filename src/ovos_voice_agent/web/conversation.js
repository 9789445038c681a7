/**
 * The conversation as server events tell it: what was said, by whom, how much of it was heard, and in which order.
 *
 * Pure: no page, no clock of its own. Views read `items`; a new connection is told `replay()`.
 */

import { msOfBase64 } from "./pcm.js";

/** @typedef {import("./types.js").ServerEvent} ServerEvent */
/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./types.js").ClientEvent} ClientEvent */

/**
 * @typedef {object} Said
 * @property {string} id
 * @property {"user" | "assistant" | "system" | "call" | "output"} who
 * @property {string} text so far
 * @property {boolean} spoken with a voice, not typed
 * @property {"open" | "done" | "failed"} state
 * @property {boolean} committed the server has it in the conversation (not only a voice that it began to hear)
 * @property {number} audioMs received
 * @property {number} heardMs played
 * @property {boolean} ended no more audio will come
 * @property {{chars: number, ms: number}[]} anchors text and audio that arrived together
 * @property {{chars: number, ms: number}[]} words where words end in the text, and when they begin in the audio
 * @property {number | null} cutChars where an interruption cut it: all after it was not heard
 * @property {string} [callId]
 * @property {string} [name] of the function
 * @property {Date} at
 */

/** Nobody speaks faster; text that comes faster runs ahead of its audio. */
const CHARS_PER_MS = 0.028;

export class Conversation {
  constructor() {
    /** @type {Said[]} */
    this.items = [];
    /** Items on the present connection whose audio the server knows: only those can be truncated. @type {Set<string>} */
    this.voiced = new Set();
  }

  /** @param {string} id */
  find(id) {
    return this.items.find((item) => item.id === id);
  }

  /** @returns {boolean} a voice was heard, so the server will not change it on this connection */
  get hasVoice() {
    return this.voiced.size > 0;
  }

  /** @param {ServerEvent} event @returns {Said | null} the item that it changed */
  apply(event) {
    const rule = RULES[event.type];
    return rule ? rule(this, event) : null;
  }

  /**
   * The item, made or moved if need be.
   * @param {string} id @param {Said["who"]} who
   * @param {string | null} [after] the item before it; null: it is the first; absent: it stays where it is, or comes last
   */
  place(id, who, after) {
    const old = this.find(id);
    /** @type {Said} */
    const said = old ?? {
      ...{ id, who, text: "", spoken: false, state: "open", committed: false, audioMs: 0, heardMs: 0 },
      ...{ ended: false, anchors: [{ chars: 0, ms: 0 }], words: [], cutChars: null, at: new Date() },
    };
    if (old && after === undefined) return old;
    const rest = this.items.filter((item) => item !== old);
    const before = rest.findIndex((item) => item.id === after);
    rest.splice(after === null ? 0 : before >= 0 ? before + 1 : rest.length, 0, said);
    this.items = rest;
    return said;
  }

  /** @param {string} id */
  drop(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  /** @param {string} id @param {number} playedMs */
  heard(id, playedMs) {
    const said = this.find(id);
    if (said) said.heardMs = Math.max(said.heardMs, playedMs);
    return said ?? null;
  }

  /** The listener stopped here; the server is asked for its own version of the text. @param {string} id @param {number} playedMs */
  cut(id, playedMs) {
    const said = this.find(id);
    if (!said) return null;
    said.heardMs = playedMs;
    said.cutChars = wordEnd(said.text, charsAt(said, playedMs));
    said.state = "done";
    return said;
  }

  /** Forgets which voices the server knows: a new connection has them as text only. */
  renewed() {
    this.voiced.clear();
    for (const said of this.items) if (said.state === "open") said.state = "done";
    this.items = this.items.filter((said) => said.committed && (said.text || said.who === "output"));
  }

  /** @returns {ClientEvent[]} what tells a new connection this conversation */
  replay() {
    const calls = new Set(this.items.filter((said) => said.who === "output").map((said) => said.callId));
    return this.items
      .filter((said) => (said.who === "call" ? calls.has(said.callId) : heardText(said) !== "" || said.who === "output"))
      .filter((said) => said.committed)
      .map((said) => ({ type: "conversation.item.create", item: replayed(said) }));
  }
}

/** @param {Said} said @returns {string} what the listener heard of it */
export const heardText = (said) => (said.cutChars === null ? said.text : said.text.slice(0, said.cutChars).trimEnd());

/** @param {Said} said @returns {object} the item as a client may create it */
function replayed(said) {
  if (said.who === "call") {
    return { id: said.id, type: "function_call", name: said.name, call_id: said.callId, arguments: said.text };
  }
  if (said.who === "output") return { id: said.id, type: "function_call_output", call_id: said.callId, output: said.text };
  const type = said.who === "assistant" ? "output_text" : "input_text";
  return { id: said.id, type: "message", role: said.who, content: [{ type, text: heardText(said) }] };
}

/**
 * How much of the text had been said at a time: along the words, where the server tells when they are said, else along the anchors, without those where text ran ahead of its audio.
 * @param {Said} said @param {number} ms @returns {number} characters
 */
export function charsAt(said, ms) {
  if (said.words.length > 0) return charsByWords(said, ms);
  const end = { chars: said.text.length, ms: Math.max(said.audioMs, 1) };
  let last = { chars: 0, ms: 0 };
  for (const anchor of [...said.anchors, end]) {
    if (anchor.ms <= last.ms || (anchor !== end && anchor.chars - last.chars > CHARS_PER_MS * (anchor.ms - last.ms))) continue;
    if (ms <= anchor.ms) return last.chars + ((anchor.chars - last.chars) * (ms - last.ms)) / (anchor.ms - last.ms);
    last = anchor;
  }
  return said.text.length;
}

/**
 * The end of the last word that was begun; behind the last one the rest of the text, once its audio is over.
 * @param {Said} said @param {number} ms @returns {number} characters
 */
function charsByWords(said, ms) {
  if (said.ended && ms >= Math.floor(said.audioMs) - 1) return said.text.length;
  return said.words.filter((word) => word.ms < ms).at(-1)?.chars ?? 0;
}

/** @param {string} text @param {number} chars @returns {number} the end of the word that begins before it */
export function wordEnd(text, chars) {
  if (chars <= 0) return 0;
  const at = Math.min(text.length, Math.floor(chars));
  if (at === 0 || /\s/.test(text[at - 1] ?? "")) return at;
  const rest = /^\S*/.exec(text.slice(at));
  return at + (rest?.[0].length ?? 0);
}

/** @param {Item} item @returns {string} */
const textOf = (item) => (item.content ?? []).map((part) => part.text ?? part.transcript ?? "").join("");

/** @param {Item} item @returns {boolean} */
const hasAudio = (item) => (item.content ?? []).some((part) => part.type.endsWith("audio"));

/** @param {Item} item @returns {Said["who"]} */
function whoOf(item) {
  if (item.type === "function_call") return "call";
  if (item.type === "function_call_output") return "output";
  return item.role ?? "system";
}

/** @param {Conversation} all @param {{item: Item, previous_item_id?: string | null}} event */
function added(all, { item, previous_item_id }) {
  const said = all.place(item.id, whoOf(item), previous_item_id);
  said.committed = true;
  if (item.call_id) said.callId = item.call_id;
  if (item.name) said.name = item.name;
  const text = item.type === "function_call" ? item.arguments : (item.output ?? textOf(item));
  if (text) said.text = text;
  if (hasAudio(item)) said.spoken = true;
  if (said.who === "system" || (said.who === "user" && !said.spoken)) said.state = "done";
  return said;
}

/** @param {Conversation} all @param {{item: Item, previous_item_id?: string | null}} event */
function done(all, event) {
  const said = added(all, all.find(event.item.id) ? { item: event.item } : event);
  if (said.who !== "user" || !said.spoken || said.text) said.state = "done";
  return said;
}

/** @param {Conversation} all @param {{item_id: string, delta?: string}} event */
function spokenDelta(all, { item_id, delta = "" }) {
  const said = all.place(item_id, "assistant");
  said.anchors.push({ chars: said.text.length, ms: said.audioMs });
  said.text += delta;
  return said;
}

/** @param {Conversation} all @param {{item_id: string, delta: string}} event */
function audioDelta(all, { item_id, delta }) {
  const said = all.place(item_id, "assistant");
  said.spoken = true;
  said.audioMs += msOfBase64(delta.length - (delta.match(/=*$/)?.[0].length ?? 0));
  all.voiced.add(item_id);
  return said;
}

/** @param {Conversation} all @param {import("./types.js").WordTimes} event */
function wordTimes(all, { item_id, from_ms, words }) {
  const said = all.place(item_id, "assistant");
  said.words = said.words.filter((word) => word.ms < from_ms).concat(words.map(({ end, at_ms }) => ({ chars: end, ms: at_ms })));
  return said;
}

/** @param {Conversation} all @param {{item_id: string}} event @param {string} text @param {Said["state"]} state */
function heardPerson(all, event, text, state) {
  const said = all.place(event.item_id, "user");
  said.spoken = true;
  said.text = text;
  said.state = state;
  return said;
}

/** The server's own version of what was cut: what the model will be told. @param {Conversation} all @param {{item: Item}} event */
function retrieved(all, { item }) {
  const said = all.find(item.id);
  const kept = textOf(item);
  if (said?.cutChars != null && said.text.startsWith(kept.trimEnd()) && kept) said.cutChars = kept.trimEnd().length;
  if (said?.cutChars != null && !kept) said.cutChars = said.heardMs === 0 ? 0 : said.cutChars;
  return said ?? null;
}

/** One rule for each event that changes the conversation. @type {Record<string, (all: Conversation, event: any) => Said | null>} */
const RULES = {
  "input_audio_buffer.speech_started": (all, event) => heardPerson(all, event, "", "open"),
  "input_audio_buffer.committed": (all, event) => {
    const said = all.place(event.item_id, "user", event.previous_item_id);
    said.spoken = true;
    said.committed = true;
    return said;
  },
  "x_ovos.response.word_times": wordTimes,
  "conversation.item.added": added,
  "conversation.item.done": done,
  "conversation.item.retrieved": retrieved,
  "conversation.item.deleted": (all, event) => (all.drop(event.item_id), null),
  "conversation.item.input_audio_transcription.delta": (all, event) => {
    const said = all.place(event.item_id, "user");
    return heardPerson(all, event, said.text + (event.delta ?? ""), "open");
  },
  "conversation.item.input_audio_transcription.completed": (all, event) =>
    heardPerson(all, event, event.transcript, "done"),
  "conversation.item.input_audio_transcription.failed": (all, event) => heardPerson(all, event, "", "failed"),
  "response.output_text.delta": spokenDelta,
  "response.output_audio_transcript.delta": spokenDelta,
  "response.output_audio.delta": audioDelta,
  "response.output_audio.done": (all, event) => {
    const said = all.place(event.item_id, "assistant");
    said.ended = true;
    return said;
  },
};
