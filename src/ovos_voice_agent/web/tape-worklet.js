/** On the audio thread: both voices as they sounded, at 24 kHz, in pieces of 20 ms: for the meters and the download. */

import { RATE_HZ, toInt16 } from "./pcm.js";
import { Resampler } from "./resampler.js";

const PIECE = RATE_HZ / 50;

class Tape extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resamplers = [new Resampler(sampleRate, RATE_HZ), new Resampler(sampleRate, RATE_HZ)];
    this.pieces = [new Float32Array(PIECE), new Float32Array(PIECE)];
    this.filled = 0;
  }

  /** @param {Float32Array[][]} inputs the person, the assistant @returns {boolean} */
  process(inputs) {
    const [person, assistant] = this.resamplers.map((resampler, side) =>
      resampler.push(inputs[side]?.[0] ?? new Float32Array(128)),
    );
    if (person && assistant) for (let i = 0; i < person.length; i += 1) this.collect([person[i], assistant[i]]);
    return true;
  }

  /** @param {(number | undefined)[]} samples one of each side */
  collect(samples) {
    this.pieces.forEach((piece, side) => (piece[this.filled] = samples[side] ?? 0));
    this.filled += 1;
    if (this.filled < PIECE) return;
    const [person, assistant] = this.pieces.map(toInt16);
    if (person && assistant) this.port.postMessage({ person, assistant }, [person.buffer, assistant.buffer]);
    this.filled = 0;
  }
}

registerProcessor("tape", Tape);
