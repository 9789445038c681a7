/**
 * Every event of both sides, without the sound in it: the newest 3,000, and counts of all.
 *
 * Audio is noted by its length: kept whole, an hour of it would fill the browser's memory.
 */

/** @typedef {{direction: "client" | "server", type: string, at: Date, bytes: number, event: Record<string, unknown>, text: string}} Entry */

const KEPT = 3_000;

/** Shorter than this, a Base64 text is shown. */
const SHORT = 256;

/** What an event is about, for the filter. @type {[string, (type: string) => boolean][]} */
const KINDS = [
  ["errors", (type) => type === "error" || type.endsWith(".failed")],
  ["sound", (type) => type === "input_audio_buffer.append" || type === "response.output_audio.delta"],
  ["session", (type) => type.startsWith("session.") || type.startsWith("rate_limits.")],
  ["listening", (type) => type.startsWith("input_audio_buffer.") || type.includes("transcription")],
  ["items", (type) => type.startsWith("conversation.")],
  ["replies", (type) => type.startsWith("response.") || type.startsWith("x_ovos.")],
];

/** @param {string} type @returns {string} */
export const kindOf = (type) => KINDS.find(([, fits]) => fits(type))?.[0] ?? "other";

export const KIND_NAMES = [...KINDS.map(([name]) => name), "other"];

export class EventLog {
  constructor() {
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Map<string, {direction: string, count: number, bytes: number}>} by type */
    this.counts = new Map();
    /** How many were let go. */
    this.pruned = 0;
  }

  /** @param {"client" | "server"} direction @param {{type: string}} event @returns {Entry} */
  add(direction, event) {
    const light = /** @type {Record<string, unknown>} */ (silent(event));
    const text = JSON.stringify(light);
    const bytes = text.length + soundBytes(event);
    const entry = { direction, type: event.type, at: new Date(), bytes, event: light, text };
    this.entries.push(entry);
    const count = this.counts.get(event.type) ?? { direction, count: 0, bytes: 0 };
    this.counts.set(event.type, { direction, count: count.count + 1, bytes: count.bytes + bytes });
    if (this.entries.length > KEPT) {
      this.entries.splice(0, this.entries.length - KEPT);
      this.pruned += 1;
    }
    return entry;
  }

  clear() {
    this.entries = [];
    this.counts.clear();
    this.pruned = 0;
  }

  /** @returns {Blob} one JSON object a line, oldest first */
  jsonl() {
    const lines = this.entries.map(({ direction, at, event }) => JSON.stringify({ at: at.toISOString(), direction, event }));
    return new Blob([lines.join("\n"), "\n"], { type: "application/jsonl" });
  }
}

/** @param {unknown} event */
const soundBytes = (event) => {
  const { audio, delta, type } = /** @type {Record<string, unknown>} */ (event);
  const sound = typeof audio === "string" ? audio : type === "response.output_audio.delta" ? delta : "";
  return typeof sound === "string" ? sound.length : 0;
};

/** @param {unknown} value @param {string} [name] @param {boolean} [sound] @returns {unknown} a copy without sound */
function silent(value, name = "", sound = false) {
  if (typeof value === "string") {
    const long = value.length > SHORT && (name === "audio" || (name === "delta" && sound));
    return long ? `<${value.length} characters of Base64>` : value;
  }
  if (Array.isArray(value)) return value.map((part) => silent(part, name, sound));
  if (value === null || typeof value !== "object") return value;
  const type = /** @type {{type?: unknown}} */ (value).type;
  const inside = sound || type === "response.output_audio.delta";
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, silent(part, key, inside)]));
}
