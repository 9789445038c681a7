/** What there is on the audio thread, for the type checker; lib.dom.d.ts does not have it. */

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** The context's rate in Hz. */
declare const sampleRate: number;

/** Seconds of the context's clock at the block that is rendered now. */
declare const currentTime: number;
