/** Samples as the protocol carries them: mono, 16 bit, little endian, 24 kHz, in Base64. */

export const RATE_HZ = 24_000;

/** @param {number} length of Base64 text @returns {number} milliseconds of audio in it */
export const msOfBase64 = (length) => (length * 3) / 4 / 2 / (RATE_HZ / 1000);

/** @param {Int16Array} samples @returns {string} */
export function toBase64(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

/** @param {string} text @returns {Float32Array<ArrayBuffer>} samples from -1 to 1 */
export function fromBase64(text) {
  const binary = atob(text);
  const samples = new Float32Array(binary.length >> 1);
  for (let i = 0; i < samples.length; i += 1) {
    const word = binary.charCodeAt(2 * i) | (binary.charCodeAt(2 * i + 1) << 8);
    samples[i] = (word > 32767 ? word - 65536 : word) / 32768;
  }
  return samples;
}

/** @param {Float32Array} samples @returns {Int16Array<ArrayBuffer>} */
export function toInt16(samples) {
  const words = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) {
    words[i] = Math.max(-32768, Math.min(32767, Math.round(/** @type {number} */ (samples[i]) * 32768)));
  }
  return words;
}
