/** The person's voice: asks the browser for the microphone and hands out pieces of 20 ms, 24 kHz, 16 bit. */

/** What the browser does for us before we hear anything. */
const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class Microphone extends EventTarget {
  /** @param {AudioContext} context with microphone-worklet.js loaded */
  constructor(context) {
    super();
    this.context = context;
    this.node = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 1, outputChannelCount: [1] });
    /** @type {MediaStreamAudioSourceNode | null} */
    this.source = null;
    this.muted = false;
    /** @type {(piece: Int16Array) => void} */
    this.onpiece = () => {};
    this.node.port.onmessage = ({ data }) => {
      if (!this.muted) this.onpiece(data);
    };
  }

  /** @param {MessagePort} port to the player's thread */
  hand(port) {
    this.node.port.postMessage({ type: "player", port }, [port]);
  }

  get open() {
    return this.source !== null;
  }

  /**
   * Opens the microphone, or changes to another one. Raises what getUserMedia raises, and TypeError where the browser
   * offers no microphone at all (a page that came over plain HTTP from another machine).
   * @param {string} device id; "" is the system's choice
   */
  async start(device) {
    if (!navigator.mediaDevices) throw new TypeError("no microphone without a secure page");
    const audio = device ? { ...WANTED, deviceId: { exact: device } } : WANTED;
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.stop();
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.node);
    const [track] = stream.getAudioTracks();
    if (track) track.onended = () => this.dispatchEvent(new Event("lost"));
  }

  stop() {
    if (!this.source) return;
    this.source.disconnect();
    for (const track of this.source.mediaStream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    this.source = null;
  }

  /** Silence for the server and for the meters; the stream stays open, so that it is back at once. @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    for (const track of this.source?.mediaStream.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** @returns {Promise<MediaDeviceInfo[]>} the microphones; their names are known once the microphone was allowed */
  static async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all.filter((device) => device.kind === "audioinput" && device.deviceId !== "");
  }
}
