/**
 * Hears the first sound of a person within 15 ms, and that it lasts within 75, by energy alone: good enough to lower and
 * to hold a voice, not to end a turn.
 *
 * The floor follows the quietest of the last seconds. Each duck that nobody confirms raises the bar, so that a noisy
 * room or the rest of an echo does not keep lowering the voice; the bar sinks again with time. Until it has, it is not
 * told that a voice goes on: what was a mistake once is not believed for long.
 */

export const FRAME_MS = 5;
/** Frames in a row: a key's click is over after two. */
const FRAMES = 3;
/** More loud frames than others since it was quiet: 75 ms of sound are no click and no bump. */
const LASTING = 15;
/** Loud frames after which it is told again that a voice goes on: 100 ms. */
const STILL = 20;
/** Above the floor; residual echo of a laptop is 6 to 10 dB above its room. */
const MARGIN_DB = 12;
const QUIETEST_DB = -44;
const MOST_DOUBT_DB = 18;
const DOUBT_STEP_DB = 6;
const DOUBT_FADES_DB = 1 / 1000;
const FLOOR_RISES_DB = 3 / 1000;

export class Onset {
  constructor() {
    this.floorDb = -60;
    this.doubtDb = 0;
    this.loud = 0;
    this.heard = false;
    this.lasted = 0;
    this.lasting = false;
    this.still = 0;
  }

  /**
   * @param {number} rms of one frame of 5 ms, full scale 1
   * @returns {"" | "sound" | "voice" | "still"} once each: when a sound begins, and when it has lasted; then again and
   *   again that it goes on
   */
  push(rms) {
    const db = 20 * Math.log10(Math.max(rms, 1e-5));
    const bar = Math.max(this.floorDb + MARGIN_DB, QUIETEST_DB) + this.doubtDb;
    this.floorDb = db < this.floorDb ? 0.7 * this.floorDb + 0.3 * db : this.floorDb + FLOOR_RISES_DB * FRAME_MS;
    this.doubtDb = Math.max(0, this.doubtDb - DOUBT_FADES_DB * FRAME_MS);
    this.loud = db > bar ? this.loud + 1 : 0;
    const begins = this.loud >= FRAMES && !this.heard;
    if (db < bar - MARGIN_DB / 2) this.heard = false;
    if (begins) this.heard = true;
    if (this.lasts(db > bar)) return "voice";
    return begins ? "sound" : this.goesOn(db > bar) ? "still" : "";
  }

  /** @param {boolean} loud @returns {boolean} true each 100 ms of a voice that nobody has doubted */
  goesOn(loud) {
    if (!this.lasting) this.still = 0;
    if (!this.lasting || !loud || this.doubtDb > 0) return false;
    this.still = (this.still + 1) % STILL;
    return this.still === 0;
  }

  /** @param {boolean} loud @returns {boolean} true once, until it was quiet again */
  lasts(loud) {
    this.lasted = Math.max(0, Math.min(LASTING, this.lasted + (loud ? 1 : -1)));
    if (this.lasted === 0) this.lasting = false;
    if (this.lasted < LASTING || this.lasting) return false;
    this.lasting = true;
    return true;
  }

  /** Nobody spoke after all: be slower to believe the next sound. */
  doubt() {
    this.doubtDb = Math.min(MOST_DOUBT_DB, this.doubtDb + DOUBT_STEP_DB);
    this.heard = false;
    this.lasted = 0;
    this.lasting = false;
  }
}
