/**
 * Streaming sample-rate conversion: a windowed sinc, one filter for each phase, so that positions are exact.
 *
 * 24 zero crossings under a Kaiser window keep what would fold over below -80 dB and delay by one millisecond.
 */

const CROSSINGS = 24;
/** The pass band ends at 0.9 of the lower rate's half: what is left is room for the slope of the filter. */
const CUTOFF = 0.9;
const KAISER_BETA = 8;

/** @param {number} a @param {number} b @returns {number} the greatest common divisor */
const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));

/** @param {number} x @returns {number} the modified Bessel function of order 0, by its series */
function bessel(x) {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} x samples from the centre
 * @param {number} half half the length of the filter, in samples
 * @param {number} cutoff as a share of the input rate's half
 */
function tap(x, half, cutoff) {
  if (Math.abs(x) >= half) return 0;
  const window = bessel(KAISER_BETA * Math.sqrt(1 - (x / half) ** 2)) / bessel(KAISER_BETA);
  const angle = Math.PI * cutoff * x;
  return cutoff * window * (angle === 0 ? 1 : Math.sin(angle) / angle);
}

/** @param {number} half @param {number} cutoff @param {number} shift of this phase, 0 to 1 @returns {Float32Array} */
function kernel(half, cutoff, shift) {
  const taps = Float32Array.from({ length: 2 * half }, (_, k) => tap(k - (half - 1) - shift, half, cutoff));
  const sum = taps.reduce((total, value) => total + value, 0);
  return taps.map((value) => value / sum);
}

/** @param {Float32Array} taps @param {Float32Array} input @param {number} start of the window in the input */
function product(taps, input, start) {
  let sum = 0;
  for (let k = 0; k < taps.length; k += 1) {
    sum += /** @type {number} */ (taps[k]) * /** @type {number} */ (input[start + k]);
  }
  return sum;
}

export class Resampler {
  /** @param {number} fromHz @param {number} toHz */
  constructor(fromHz, toHz) {
    const common = divisor(fromHz, toHz);
    this.up = toHz / common;
    this.down = fromHz / common;
    const share = Math.min(1, toHz / fromHz);
    this.half = Math.ceil(CROSSINGS / share);
    this.kernels = Array.from({ length: this.up }, (_, phase) => kernel(this.half, CUTOFF * share, phase / this.up));
    this.kept = new Float32Array(this.half - 1);
    this.phase = 0;
  }

  /** Forgets what came before: the next sample is the first. */
  reset() {
    this.kept = new Float32Array(this.half - 1);
    this.phase = 0;
  }

  /** @param {Float32Array} samples @returns {Float32Array} what can be said so far, at the other rate */
  push(samples) {
    if (this.up === this.down) return samples;
    const input = new Float32Array(this.kept.length + samples.length);
    input.set(this.kept);
    input.set(samples, this.kept.length);
    const out = [];
    const length = 2 * this.half;
    let start = 0;
    while (start + length <= input.length) {
      const taps = /** @type {Float32Array} */ (this.kernels[this.phase]);
      out.push(product(taps, input, start));
      this.phase += this.down;
      start += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    this.kept = input.slice(start);
    return Float32Array.from(out);
  }

  /** @returns {Float32Array} the last samples; after it the next push begins anew */
  flush() {
    const last = this.push(new Float32Array(this.half));
    this.reset();
    return last;
  }
}
