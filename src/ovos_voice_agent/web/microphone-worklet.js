/**
 * On the audio thread: what the microphone hears, as 20 ms pieces of 24 kHz, and the first sound of a person.
 *
 * The first sound goes straight to the player's thread through a port of their own, so that the voice is lowered even
 * while the page is busy.
 */

import { FRAME_MS, Onset } from "./onset.js";
import { RATE_HZ, toInt16 } from "./pcm.js";
import { Resampler } from "./resampler.js";

/** 20 ms: the server waits for no more than that before it hears of a voice. */
const PIECE = RATE_HZ / 50;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE_HZ);
    this.onset = new Onset();
    this.frame = Math.round((sampleRate * FRAME_MS) / 1000);
    this.sum = 0;
    this.counted = 0;
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
    /** @type {MessagePort | null} */
    this.player = null;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  /** @param {{type: string, port?: MessagePort}} message */
  receive(message) {
    if (message.type === "player" && message.port) {
      this.player = message.port;
      this.player.onmessage = () => this.onset.doubt();
    }
    if (message.type === "forget") this.filled = 0;
  }

  /** Hands on what it hears, for the tape. @param {Float32Array[][]} inputs @param {Float32Array[][]} outputs @returns {boolean} */
  process(inputs, outputs) {
    const samples = inputs[0]?.[0];
    if (!samples) return true;
    outputs[0]?.[0]?.set(samples);
    for (const sample of samples) this.listen(sample);
    for (const sample of this.resampler.push(samples)) this.collect(sample);
    return true;
  }

  /** @param {number} sample at the context's rate */
  listen(sample) {
    this.sum += sample * sample;
    this.counted += 1;
    if (this.counted < this.frame) return;
    const heard = this.onset.push(Math.sqrt(this.sum / this.counted));
    if (heard) this.player?.postMessage(heard);
    this.sum = 0;
    this.counted = 0;
  }

  /** @param {number} sample at 24 kHz */
  collect(sample) {
    this.piece[this.filled] = sample;
    this.filled += 1;
    if (this.filled < PIECE) return;
    const words = toInt16(this.piece);
    this.port.postMessage(words, [words.buffer]);
    this.filled = 0;
  }
}

registerProcessor("microphone", Microphone);
