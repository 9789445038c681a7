/** Both voices as they sounded, kept for the download, and their levels for the meters. Nothing of it leaves the page. */

import { RATE_HZ } from "./pcm.js";

/** Half an hour of both sides is 170 MB: beyond it the oldest goes. */
const KEPT_PIECES = 30 * 60 * 50;

export class Tape {
  /** @param {AudioContext} context with tape-worklet.js loaded */
  constructor(context) {
    this.node = new AudioWorkletNode(context, "tape", { numberOfInputs: 2, outputChannelCount: [1] });
    /** @type {Int16Array[][]} person and assistant, 20 ms each */
    this.pieces = [];
    /** @type {(person: number, assistant: number) => void} the peaks of 20 ms, 0 to 1 */
    this.onlevels = () => {};
    this.node.port.onmessage = ({ data }) => this.keep(data.person, data.assistant);
  }

  /** @param {Int16Array} person @param {Int16Array} assistant */
  keep(person, assistant) {
    this.pieces.push([person, assistant]);
    if (this.pieces.length > KEPT_PIECES) this.pieces.splice(0, 50);
    this.onlevels(peak(person), peak(assistant));
  }

  /** @returns {Blob} a stereo WAV of 24 kHz: the person left, the assistant right */
  wav() {
    const parts = this.pieces.map(([person, assistant]) => interleaved(person, assistant));
    const bytes = parts.reduce((total, part) => total + part.byteLength, 0);
    return new Blob([header(bytes), ...parts], { type: "audio/wav" });
  }
}

/** @param {Int16Array} samples */
const peak = (samples) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) / 32768;

/** @param {Int16Array | undefined} left @param {Int16Array | undefined} right @returns {Int16Array<ArrayBuffer>} */
function interleaved(left, right) {
  const both = new Int16Array(2 * (left?.length ?? 0));
  for (let i = 0; i < both.length / 2; i += 1) {
    both[2 * i] = left?.[i] ?? 0;
    both[2 * i + 1] = right?.[i] ?? 0;
  }
  return both;
}

/** @param {number} bytes of samples that follow @returns {ArrayBuffer} the 44 bytes in front of them */
function header(bytes) {
  const view = new DataView(new ArrayBuffer(44));
  const text = (/** @type {number} */ at, /** @type {string} */ word) =>
    [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  return view.buffer;
}
