/**
 * The assistant's voice: takes audio deltas, plays them in order and knows how much of each item was heard.
 *
 * Positions are of samples that left the player: what the sound card still holds will be heard, so it counts as heard.
 */

import { fromBase64, RATE_HZ } from "./pcm.js";
import { Resampler } from "./resampler.js";

/** @typedef {{item: string, playedMs: number}} Played */

export class Player extends EventTarget {
  /** @param {AudioContext} context with player-worklet.js loaded */
  constructor(context) {
    super();
    this.context = context;
    this.node = new AudioWorkletNode(context, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.resampler = new Resampler(RATE_HZ, context.sampleRate);
    /** @type {string | null} */
    this.open = null;
    /** Items that play or wait. @type {Set<string>} */
    this.waiting = new Set();
    /** Items that were stopped: what still arrives of them is not played. @type {Set<string>} */
    this.deaf = new Set();
    /** @type {Map<number, (played: Played[]) => void>} */
    this.stops = new Map();
    this.lastStop = 0;
    this.node.port.onmessage = ({ data }) => this.hear(data);
  }

  /** @param {MessagePort} port to the microphone's thread */
  hand(port) {
    this.node.port.postMessage({ type: "microphone", port }, [port]);
  }

  get playing() {
    return this.waiting.size > 0;
  }

  /** @param {string} item @param {string} base64 pcm16 of 24 kHz */
  play(item, base64) {
    if (this.deaf.has(item)) return;
    if (this.open !== null && this.open !== item) this.end(this.open);
    this.open = item;
    this.waiting.add(item);
    this.queue(item, this.resampler.push(fromBase64(base64)));
  }

  /** Nothing more will come of this item. @param {string} item */
  end(item) {
    if (this.open === item) {
      this.queue(item, this.resampler.flush());
      this.open = null;
    }
    this.node.port.postMessage({ type: "end", item });
  }

  /** @param {string} item @param {Float32Array} samples at the context's rate */
  queue(item, samples) {
    if (samples.length > 0) this.node.port.postMessage({ type: "audio", item, samples }, [samples.buffer]);
  }

  /**
   * Ends the voice within a few milliseconds and forgets what was queued.
   * @returns {Promise<Played[]>} each item that was not played to its end, and how much of it was heard
   */
  stop() {
    this.lastStop += 1;
    for (const item of this.waiting) this.deaf.add(item);
    this.waiting.clear();
    this.resampler.reset();
    this.open = null;
    const id = this.lastStop;
    this.node.port.postMessage({ type: "stop", id });
    return new Promise((resolve) => this.stops.set(id, resolve));
  }

  /** Whether sounds of the person lower the voice. @param {boolean} on */
  ducking(on) {
    this.node.port.postMessage({ type: "ducking", on });
  }

  /** @param {any} message of the worklet */
  hear(message) {
    if (message.type === "stopped") {
      this.stops.get(message.id)?.(message.items);
      this.stops.delete(message.id);
    }
    if (message.type === "ended") this.waiting.delete(message.item);
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }
}
