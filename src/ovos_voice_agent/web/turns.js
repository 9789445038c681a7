/**
 * The times of each turn: the server's own (`x_ovos.turn.timeline`), and when the page got and played its first sound.
 *
 * The server's times are on the connection's audio clock. The page's clock is laid beside it at the first audio delta:
 * sent (server) and received (page) are taken to be the same moment, which on one machine is true to a millisecond.
 */

import { median } from "./dom.js";

/** @typedef {import("./types.js").TurnTimeline} TurnTimeline */
/** @typedef {{name: string, label: string, from: number, to: number}} Stage in ms after the person fell silent */
/** @typedef {{id: string, origin: string, decision: Record<string, unknown> | null, stages: Stage[], totalMs: number}} Turn */

/** Marks in the order in which they usually happen, and what ended with each. */
const STAGES = [
  ["turn_ended", "Turn decided"],
  ["transcript_final", "Transcript"],
  ["llm_first_token", "First token"],
  ["first_phrase", "First phrase"],
  ["tts_first_audio", "First audio"],
  ["first_delta_sent", "Sent"],
  ["first_sound", "First sound played"],
];

/** What an offset is measured from: the first of these that happened. */
const STARTS = ["last_speech", "turn_ended", "response_created"];

/** Bound of what is kept: the medians are of the last so many turns. */
const KEPT = 200;

export class Turns {
  constructor() {
    /** @type {Turn[]} */
    this.all = [];
    /** @type {Map<string, {received: number, sound: number | null}>} by response, on the page's clock */
    this.page = new Map();
    /** @type {Map<string, string>} item -> response */
    this.replies = new Map();
    /** @type {Map<string, TurnTimeline>} told before its first sound was played */
    this.told = new Map();
  }

  /** @param {string} response @param {string} item @param {number} now */
  received(response, item, now) {
    if (this.page.has(response)) return;
    this.page.set(response, { received: now, sound: null });
    this.replies.set(item, response);
  }

  /** @param {string} item @param {number} now @returns {Turn | null} the turn that is complete with it */
  sounded(item, now) {
    const response = this.replies.get(item) ?? "";
    const page = this.page.get(response);
    if (!page || page.sound !== null) return null;
    page.sound = now;
    const event = this.told.get(response);
    return event ? this.add(event) : null;
  }

  /** @param {TurnTimeline} event @returns {Turn} */
  add(event) {
    this.told.set(event.response_id, event);
    const turn = turnOf(event, this.page.get(event.response_id));
    const known = this.all.findIndex((other) => other.id === turn.id);
    if (known >= 0) this.all[known] = turn;
    else this.all.push(turn);
    if (this.all.length > KEPT) this.forget(/** @type {Turn} */ (this.all.shift()).id);
    return turn;
  }

  /** @param {string} response */
  forget(response) {
    this.page.delete(response);
    this.told.delete(response);
  }

  /** @returns {{label: string, ms: number | null}[]} how long each stage took (sending is next to nothing), and the whole */
  medians() {
    const heard = this.all.filter((turn) => turn.stages.some((stage) => stage.name === "first_sound"));
    const stages = STAGES.filter(([name]) => name !== "first_delta_sent").map(([name, label = ""]) => {
      const spans = this.all.flatMap((turn) => turn.stages.filter((stage) => stage.name === name));
      return { label, ms: median(spans.map((stage) => stage.to - stage.from)) };
    });
    return [...stages, { label: "Silence until the answer", ms: median(heard.map((turn) => turn.totalMs)) }];
  }
}

/** @param {TurnTimeline} event @param {{received: number, sound: number | null} | undefined} page @returns {Turn} */
function turnOf(event, page) {
  const marks = new Map(event.marks.map((mark) => [mark.name, mark.at_ms]));
  const sent = marks.get("first_delta_sent");
  if (sent !== undefined && page?.sound != null) marks.set("first_sound", sent + page.sound - page.received);
  const start = STARTS.map((name) => marks.get(name)).find((at) => at !== undefined) ?? 0;
  let last = 0;
  const stages = [];
  for (const [name = "", label = ""] of STAGES) {
    const at = marks.get(name);
    if (at === undefined || at < start) continue;
    stages.push({ name, label, from: Math.min(last, at - start), to: at - start });
    last = Math.max(last, at - start);
  }
  return { id: event.response_id, origin: event.origin, decision: event.decision, stages, totalMs: last };
}
