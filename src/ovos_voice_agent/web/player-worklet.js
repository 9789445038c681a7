/**
 * On the audio thread: plays what is queued, knows to the sample how much of each item was played, and lowers or ends
 * the voice at once.
 *
 * - Lowered (ducked) by the microphone's thread at the first sound of a person, and held where that sound lasts: a held
 *   voice is silent and stands still. It goes on if the server does not confirm a person within 400 ms, or within 400 ms
 *   of what it still hears of a voice that lasts (a busy server takes longer), and loses nothing. `stop` ends it, with a
 *   fade of 5 ms so that it does not click.
 * - Where the queue runs dry in mid-item, 40 ms are gathered before it goes on, so that it does not crackle.
 */

const DUCKED = 0.12;
const DOUBT_S = 0.4;
const DUCK_S = 0.012;
const STOP_S = 0.005;
const HOLD_S = 0.01;
/** However long a voice lasts: what the server does not take for one by then is none. */
const MOST_HELD_S = 1;
const GATHER_S = 0.04;
/** How often the page hears where the voice is. */
const REPORT_S = 0.04;

/** @typedef {{item: string, chunks: Float32Array[], offset: number, played: number, queued: number, ended: boolean}} Voice */

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {Voice[]} */
    this.voices = [];
    this.gain = 1;
    this.target = 1;
    this.step = 1;
    this.gathering = true;
    this.ducksAt = Infinity;
    this.stopping = 0;
    this.reported = 0;
    this.ducking = true;
    this.held = false;
    this.heldAt = 0;
    /** @type {MessagePort | null} */
    this.microphone = null;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  /** @param {any} message */
  receive(message) {
    if (message.type === "audio") this.queue(message.item, message.samples);
    if (message.type === "end") this.end(message.item);
    if (message.type === "stop") this.stop(message.id);
    if (message.type === "ducking") this.ducking = message.on;
    if (message.type === "restore") this.restore();
    if (message.type === "microphone") {
      this.microphone = message.port;
      message.port.onmessage = (/** @type {MessageEvent} */ { data }) => this.person(data);
    }
  }

  /** @param {string} item @param {Float32Array} samples at the context's rate */
  queue(item, samples) {
    let voice = this.voices.find((known) => known.item === item);
    if (!voice) {
      voice = { item, chunks: [], offset: 0, played: 0, queued: 0, ended: false };
      this.voices.push(voice);
    }
    voice.chunks.push(samples);
    voice.queued += samples.length;
  }

  /** @param {string} item of which nothing more will come */
  end(item) {
    const voice = this.voices.find((known) => known.item === item);
    if (voice) voice.ended = true;
  }

  /** @param {number} target @param {number} seconds */
  fade(target, seconds) {
    this.target = target;
    this.step = 1 / (seconds * sampleRate);
  }

  /** @param {"sound" | "voice" | "still"} heard by the microphone's thread */
  person(heard) {
    if (heard === "still") this.stay();
    else if (heard === "voice") this.hold();
    else this.duck();
  }

  duck() {
    if (!this.ducking || this.voices.length === 0 || this.stopping || this.held) return;
    if (this.ducksAt === Infinity) this.port.postMessage({ type: "ducked", at: currentTime });
    this.ducksAt = currentTime;
    this.fade(DUCKED, DUCK_S);
  }

  hold() {
    if (!this.ducking || this.voices.length === 0 || this.stopping) return;
    if (this.ducksAt === Infinity) this.port.postMessage({ type: "ducked", at: currentTime });
    this.ducksAt = currentTime;
    if (!this.held) this.heldAt = currentTime;
    this.held = true;
    this.fade(0, HOLD_S);
  }

  stay() {
    if (this.held && currentTime - this.heldAt < MOST_HELD_S) this.ducksAt = currentTime;
  }

  restore() {
    if (this.stopping) return;
    this.ducksAt = Infinity;
    this.held = false;
    this.fade(1, 0.15);
  }

  /** @param {number} id of the request; its answer follows when the sound has faded */
  stop(id) {
    this.stopping = id;
    this.fade(0, STOP_S);
    if (this.voices.length === 0 || this.gathering) this.stopped();
  }

  stopped() {
    const items = this.voices.map((voice) => ({ item: voice.item, playedMs: this.ms(voice) }));
    this.port.postMessage({ type: "stopped", id: this.stopping, items, at: currentTime });
    this.voices = [];
    this.stopping = 0;
    this.gathering = true;
    this.held = false;
    this.ducksAt = Infinity;
    this.gain = 1;
    this.target = 1;
  }

  /** @param {Voice} voice @returns {number} whole milliseconds played */
  ms(voice) {
    return Math.floor((1000 * voice.played) / sampleRate);
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs @returns {boolean} */
  process(_inputs, outputs) {
    const out = outputs[0]?.[0];
    if (!out) return true;
    this.doubt();
    for (let i = 0; i < out.length; i += 1) {
      const sample = this.held && this.gain <= 1e-4 ? 0 : this.next();
      this.gain += Math.max(-this.step, Math.min(this.step, this.target - this.gain));
      out[i] = sample * this.gain;
    }
    if (this.stopping && this.gain <= 1e-4) this.stopped();
    this.report();
    return true;
  }

  /** Raises the voice again where the server heard nobody. */
  doubt() {
    if (currentTime - this.ducksAt < DOUBT_S) return;
    this.restore();
    this.microphone?.postMessage("nobody");
    this.port.postMessage({ type: "restored", at: currentTime });
  }

  /** @returns {number} the next sample of the first voice; 0 where there is none */
  next() {
    const voice = this.voices[0];
    if (!voice) return 0;
    const left = voice.queued - voice.played;
    if (this.gathering && !voice.ended && left < GATHER_S * sampleRate) return 0;
    this.gathering = false;
    if (left === 0) return this.dry(voice);
    if (voice.played === 0) this.port.postMessage({ type: "started", item: voice.item, at: currentTime });
    const chunk = /** @type {Float32Array} */ (voice.chunks[0]);
    const sample = /** @type {number} */ (chunk[voice.offset]);
    voice.offset += 1;
    voice.played += 1;
    if (voice.offset === chunk.length) {
      voice.chunks.shift();
      voice.offset = 0;
    }
    return sample;
  }

  /** @param {Voice} voice whose queue is empty @returns {number} */
  dry(voice) {
    this.gathering = true;
    if (!voice.ended) return 0;
    this.voices.shift();
    this.port.postMessage({ type: "ended", item: voice.item, playedMs: this.ms(voice) });
    if (this.voices.length === 0 && !this.stopping) this.restore();
    return 0;
  }

  report() {
    const voice = this.voices[0];
    if (!voice || voice.played === 0 || currentTime - this.reported < REPORT_S) return;
    this.reported = currentTime;
    this.port.postMessage({ type: "position", item: voice.item, playedMs: this.ms(voice) });
  }
}

registerProcessor("player", Player);
