// Runs before the page's own code: whatever is connected to the loudspeaker, and every microphone, is tapped as well.
// `heard` gets [seconds, microphone, loudspeaker] of each block.

window.heard = [];
{
  const connect = AudioNode.prototype.connect;
  const taps = new WeakMap();
  const tapOf = async (context) => {
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
    const tap = new AudioWorkletNode(context, "tap", { numberOfInputs: 2 });
    tap.port.onmessage = ({ data }) => window.heard.push(...data);
    connect.call(tap, context.destination);
    return tap;
  };
  AudioNode.prototype.connect = function (target, ...rest) {
    const side = this instanceof MediaStreamAudioSourceNode ? 0 : target === this.context.destination ? 1 : -1;
    if (side >= 0) {
      if (!taps.has(this.context)) taps.set(this.context, tapOf(this.context));
      taps.get(this.context).then((tap) => connect.call(this, tap, 0, side));
    }
    return connect.call(this, target, ...rest);
  };
}
