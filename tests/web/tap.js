// Listens in on the page's own audio graph, on the audio thread: the level of each block of 128 samples of what comes
// from the microphone (input 0) and of what goes to the loudspeaker (input 1), with the context's time.

class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
  }

  process(inputs) {
    const [microphone, speaker] = inputs.map(([samples]) => (samples ? Math.hypot(...samples) / Math.sqrt(samples.length) : 0));
    this.blocks.push([currentTime, microphone ?? 0, speaker ?? 0]);
    if (this.blocks.length === 32) {
      this.port.postMessage(this.blocks);
      this.blocks = [];
    }
    return true;
  }
}

registerProcessor("tap", Tap);
