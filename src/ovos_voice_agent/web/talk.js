/**
 * One conversation: what the server says goes to the ear and the eye, what the person does goes to the server.
 *
 * - An interruption ends the voice first and tells the server afterwards how much of each item was heard, to the
 *   millisecond; then it asks what the server has kept of it.
 * - Function calls are run when the response that asked for them is complete, and answered in one go.
 */

import { Conversation } from "./conversation.js";
import { on } from "./dom.js";
import { toBase64 } from "./pcm.js";
import { run } from "./tools.js";
import { Turns } from "./turns.js";

/** @typedef {import("./types.js").ServerEvent} ServerEvent */
/** @typedef {import("./types.js").ResponseShape} ResponseShape */
/** @typedef {"offline" | "connecting" | "ready" | "listening" | "hearing" | "thinking" | "speaking"} Mood */

/** Rounds of calls without a word of the person in between; after them the assistant has to answer in words. */
const MOST_ROUNDS = 6;

/** Nothing came of what the person said (no words in it): stop waiting for an answer. */
const PATIENCE_MS = 8_000;

export class Talk extends EventTarget {
  /** @param {import("./session.js").Session} session @param {import("./types.js").Settings} settings */
  constructor(session, settings) {
    super();
    this.session = session;
    this.settings = settings;
    this.conversation = new Conversation();
    this.turns = new Turns();
    /** @type {import("./sound.js").Sound | null} */
    this.sound = null;
    this.responses = 0;
    this.hearing = false;
    this.thinkingSince = 0;
    this.holding = false;
    this.rounds = 0;
    on(session, "server", (event) => this.take(event));
  }

  /** @param {import("./sound.js").Sound} sound */
  use(sound) {
    this.sound = sound;
    sound.microphone.onpiece = (piece) => this.append(piece);
    for (const name of ["started", "position", "ended"]) {
      on(sound.player, name, (detail) => this.played(name, detail));
    }
  }

  /** @param {Int16Array} piece of 20 ms */
  append(piece) {
    if (this.settings.turns === "push" && !this.holding) return;
    if (this.session.online) this.session.send({ type: "input_audio_buffer.append", audio: toBase64(piece) });
  }

  /** @param {string} what @param {{item: string, playedMs?: number, at?: number}} detail */
  played(what, { item, playedMs = 0, at = 0 }) {
    if (what === "started" && this.turns.sounded(item, this.heardAt(at))) this.tell("turn");
    if (what !== "started") this.changed(this.conversation.heard(item, playedMs));
    this.tell("mood");
  }

  /** @param {number} at seconds of the audio clock @returns {number} when it is heard, in ms of the page's clock */
  heardAt(at) {
    const context = this.sound?.context;
    if (!context) return performance.now();
    return performance.now() - 1000 * (context.currentTime - at - (context.outputLatency || 0));
  }

  /** @param {ServerEvent} event */
  take(event) {
    this.changed(this.conversation.apply(event));
    const rule = /** @type {((event: any) => void) | undefined} */ (this.rules[event.type]);
    rule?.(event);
    this.tell("mood");
  }

  /** What to do beside keeping the conversation. @type {Record<string, (event: any) => void>} */
  rules = {
    "input_audio_buffer.speech_started": () => {
      this.hearing = true;
      if (this.settings.interruptions) this.interrupt();
    },
    "input_audio_buffer.speech_stopped": () => {
      this.hearing = false;
      this.thinkingSince = performance.now();
      setTimeout(() => this.tell("mood"), PATIENCE_MS);
    },
    "conversation.item.input_audio_transcription.completed": ({ transcript }) => {
      if (!transcript.trim() && this.responses === 0) this.thinkingSince = 0;
    },
    "conversation.item.input_audio_transcription.failed": () => (this.thinkingSince = 0),
    "conversation.item.truncated": ({ item_id }) => this.session.send({ type: "conversation.item.retrieve", item_id }),
    "response.created": () => (this.responses += 1),
    "response.done": ({ response }) => this.finished(response),
    "response.output_audio.delta": ({ response_id, item_id, delta }) => {
      this.turns.received(response_id, item_id, performance.now());
      this.sound?.player.play(item_id, delta);
    },
    "response.output_audio.done": ({ item_id }) => this.sound?.player.end(item_id),
    "x_ovos.turn.timeline": (event) => {
      this.turns.add(event);
      this.tell("turn");
    },
  };

  /** @param {ResponseShape} response */
  finished(response) {
    this.responses = Math.max(0, this.responses - 1);
    this.thinkingSince = 0;
    const calls = response.output.filter((item) => item.type === "function_call" && item.status !== "incomplete");
    if (response.status !== "completed" || calls.length === 0) return void (this.rounds = 0);
    for (const call of calls) {
      const output = run(call.name ?? "", call.arguments ?? "");
      this.session.send({
        type: "conversation.item.create",
        item: { type: "function_call_output", call_id: call.call_id, output },
      });
    }
    this.rounds += 1;
    const enough = this.rounds >= MOST_ROUNDS ? { response: { tool_choice: "none" } } : {};
    this.session.send({ type: "response.create", ...enough });
  }

  /** Ends the voice at once; then the server learns what was heard. */
  async interrupt() {
    const cut = (await this.sound?.player.stop()) ?? [];
    for (const { item, playedMs } of cut) {
      this.changed(this.conversation.cut(item, playedMs));
      if (!this.conversation.voiced.has(item)) continue;
      const where = { item_id: item, content_index: 0, audio_end_ms: playedMs };
      this.session.send({ type: "conversation.item.truncate", ...where });
    }
    this.tell("mood");
  }

  /** The person wants quiet, or says something else: the server stops making the reply as well. */
  async hush() {
    if (this.responses > 0) this.session.send({ type: "response.cancel" });
    await this.interrupt();
  }

  /** @param {string} text typed @param {boolean} [spoken] whether it is to be answered aloud */
  async type(text, spoken = true) {
    await this.hush();
    const content = [{ type: "input_text", text }];
    this.session.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    this.session.send({ type: "response.create", ...(spoken ? {} : { response: { output_modalities: ["text"] } }) });
    this.thinkingSince = performance.now();
    this.tell("mood");
  }

  /** Push to talk: from here on the server hears. */
  press() {
    if (this.holding) return;
    this.holding = true;
    this.hush();
    this.session.send({ type: "input_audio_buffer.clear" });
    this.pressed = performance.now();
    this.tell("mood");
  }

  /** Push to talk: the turn is over. Less than a tenth of a second is a slip, and is thrown away. */
  release() {
    if (!this.holding) return;
    this.holding = false;
    const slip = performance.now() - (this.pressed ?? 0) < 150;
    this.session.send({ type: slip ? "input_audio_buffer.clear" : "input_audio_buffer.commit" });
    if (!slip) {
      this.session.send({ type: "response.create" });
      this.thinkingSince = performance.now();
    }
    this.tell("mood");
  }

  /** A new connection took over, or the old one was lost: what was under way there is over. */
  renewed() {
    this.responses = 0;
    this.hearing = false;
    this.thinkingSince = 0;
    this.conversation.renewed();
    this.changed(null);
  }

  /** @returns {Mood} */
  get mood() {
    if (!this.session.online) return this.session.state === "offline" ? "offline" : "connecting";
    if (this.hearing || this.holding) return "hearing";
    if (this.sound?.player.playing) return "speaking";
    const waits = this.thinkingSince > 0 && performance.now() - this.thinkingSince < PATIENCE_MS;
    if (this.responses > 0 || waits) return "thinking";
    const open = this.sound?.microphone.open && !this.sound.microphone.muted && this.settings.turns !== "push";
    return open ? "listening" : "ready";
  }

  /** @param {import("./conversation.js").Said | null} said */
  changed(said) {
    this.dispatchEvent(new CustomEvent("changed", { detail: said }));
  }

  /** @param {string} what */
  tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
