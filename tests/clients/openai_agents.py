"""A program of a user of openai-agents: `python openai_agents.py WS_URL SPEECH.pcm`. It prints what happened, a JSON
line a step. The SDK validates every event, runs the tool, and truncates what was not heard, all by itself."""

import asyncio
import base64
import json
import sys
from pathlib import Path

from agents import function_tool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeModelSendInterrupt, RealtimeRunner

calls = []


@function_tool
def get_weather(city: str) -> str:
    """Tells the weather."""
    calls.append({"city": city})
    return "foggy"


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


class Talk:
    """The session's events, each read once."""

    def __init__(self, session):
        self.events = aiter(session)

    async def until(self, wanted):
        async for event in self.events:
            assert event.type != "error", event
            if wanted(event):
                return event
        raise EOFError

    async def server_event(self, *types):
        """The next raw event of the server of one of these types."""

        def wanted(event):
            raw = getattr(getattr(event, "data", None), "data", None)
            return isinstance(raw, dict) and raw.get("type") in types

        return (await self.until(wanted)).data.data

    async def listen(self, seconds=2):
        """Hear so much of an answer."""
        heard = 0
        while heard < seconds * 48000:
            heard += len(base64.b64decode((await self.server_event("response.output_audio.delta"))["delta"]))

    async def answer(self):
        """What is said next; a response that is a call says nothing."""
        while (item := (await self.server_event("response.done"))["response"]["output"][0])["type"] != "message":
            pass
        return item["content"][0]["transcript"]


async def speak(session, speech):
    for start in range(0, len(speech), 4800):
        await session.send_audio(speech[start : start + 4800])


async def text_turn(session, talk, text):
    await session.send_message(text)
    return await talk.answer()


async def spoken_turn(session, talk, speech):
    await speak(session, speech)
    heard = await talk.server_event("conversation.item.input_audio_transcription.completed")
    tell("speech", heard=heard["transcript"], answer=await talk.answer())


async def function_round(session, talk):
    await session.send_message("How is the weather?")
    ended = await talk.until(lambda event: event.type == "tool_end")
    tell("function", name=ended.tool.name, arguments=calls[-1], answer=await talk.answer())


async def cancel(session, talk):
    await session.send_message("Tell me a story.")
    await talk.listen()
    # `session.interrupt()` leaves the cancelling to the server where that interrupts by itself.
    await session.model.send_event(RealtimeModelSendInterrupt(force_response_cancel=True))
    response = (await talk.server_event("response.done"))["response"]
    tell("cancel", status=response["status"], reason=response["status_details"]["reason"])


async def barge_in(session, talk, speech):
    await session.send_message("Tell me a story.")
    await talk.listen()
    await asyncio.sleep(0.3)  # the listener hears something: the SDK takes the time for what was played
    await speak(session, speech)
    await talk.until(lambda event: event.type == "audio_interrupted")
    ends = [await talk.server_event("conversation.item.truncated", "response.done") for _ in range(3)]
    [truncated] = [event for event in ends if event["type"] == "conversation.item.truncated"]
    response = next(event for event in ends if event["type"] == "response.done")["response"]
    heard = 0 < truncated["audio_end_ms"] < 60_000
    after = await text_turn(session, talk, "What now?")
    reason = response["status_details"]["reason"]
    tell("barge-in", status=response["status"], reason=reason, heard=heard, answer=after)


async def main(url, speech):
    set_tracing_disabled(True)
    agent = RealtimeAgent(name="Assistant", instructions="Be kind.", tools=[get_weather])
    settings = {
        "model_name": "gpt-realtime",
        "modalities": ["audio"],
        "input_audio_transcription": {"model": "whisper-1"},
    }
    config = {"url": url, "api_key": "sk-test", "initial_model_settings": settings}
    async with await RealtimeRunner(agent).run(model_config=config) as session:
        talk = Talk(session)
        created = await talk.server_event("session.created")
        tell("connect", has_id=bool(created["session"]["id"]))
        tell("text", answer=await text_turn(session, talk, "good morning"))
        await spoken_turn(session, talk, speech)
        await function_round(session, talk)
        await cancel(session, talk)
        await barge_in(session, talk, speech)
    async with await RealtimeRunner(agent).run(model_config=config) as session:
        await Talk(session).server_event("session.created")
        session.model._websocket.transport.abort()  # the line breaks: a session of this SDK ends with it
    async with await RealtimeRunner(agent).run(model_config=config) as session:
        tell("reconnect", answer=await text_turn(session, Talk(session), "hello again"), times=1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes()))
