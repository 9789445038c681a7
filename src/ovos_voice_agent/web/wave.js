/** Both voices of the last seconds: the person above the line, the assistant below, and their levels now. */

import { byId } from "./dom.js";

/** One column for each piece of 20 ms; eight seconds. */
const COLUMNS = 400;

/** Speech seldom passes half of full scale: the root lifts what is quiet. @param {number} peak */
const height = (peak) => Math.sqrt(Math.min(1, peak * 1.4));

export class Wave {
  constructor() {
    this.canvas = byId("wave", HTMLCanvasElement);
    this.person = new Float32Array(COLUMNS);
    this.assistant = new Float32Array(COLUMNS);
    this.at = 0;
    this.drawing = false;
    this.meters = [byId("meter-person", HTMLElement), byId("meter-assistant", HTMLElement)];
    this.levels = [0, 0];
    document.addEventListener("theme", () => this.ask());
    new ResizeObserver(() => this.ask()).observe(this.canvas);
  }

  /** @param {number} person @param {number} assistant peaks of 20 ms */
  push(person, assistant) {
    this.person[this.at] = person;
    this.assistant[this.at] = assistant;
    this.at = (this.at + 1) % COLUMNS;
    this.levels = [Math.max(person, 0.85 * (this.levels[0] ?? 0)), Math.max(assistant, 0.85 * (this.levels[1] ?? 0))];
    this.ask();
  }

  ask() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = false;
    const { clientWidth: width, clientHeight: tall } = this.canvas;
    const dense = devicePixelRatio || 1;
    if (this.canvas.width !== width * dense) this.canvas.width = width * dense;
    if (this.canvas.height !== tall * dense) this.canvas.height = tall * dense;
    const paint = this.canvas.getContext("2d");
    if (!paint) return;
    paint.setTransform(dense, 0, 0, dense, 0, 0);
    paint.clearRect(0, 0, width, tall);
    paint.fillStyle = getComputedStyle(this.canvas).color;
    paint.fillRect(0, tall / 2 - 0.5, width, 1);
    this.side(paint, this.person, -1, "person");
    this.side(paint, this.assistant, 1, "assistant");
    this.meters.forEach((meter, i) => meter.style.setProperty("--level", String(height(this.levels[i] ?? 0))));
    document.documentElement.style.setProperty("--voice", String(height(Math.max(...this.levels))));
  }

  /**
   * @param {CanvasRenderingContext2D} paint @param {Float32Array} peaks
   * @param {number} way up or down from the middle @param {string} who whose colour
   */
  side(paint, peaks, way, who) {
    const { clientWidth: width, clientHeight: tall } = this.canvas;
    const step = width / COLUMNS;
    const middle = tall / 2;
    paint.fillStyle = getComputedStyle(byId(`meter-${who}`, HTMLElement)).color;
    paint.beginPath();
    paint.moveTo(0, middle + way);
    for (let i = 0; i < COLUMNS; i += 1) {
      const peak = height(peaks[(this.at + i) % COLUMNS] ?? 0);
      paint.lineTo(i * step, middle + way * (1 + peak * (middle - 2)));
    }
    paint.lineTo(width, middle + way);
    paint.fill();
  }
}
