"""A program of a user of openai-python: `python openai_ga.py BASE_URL SPEECH.pcm`. It prints what happened, a JSON line
a step."""

import asyncio
import base64
import json
import sys
from pathlib import Path

from openai import AsyncOpenAI
from openai.types.websocket_reconnection import ReconnectingEvent

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


async def until(connection, *types):
    async for event in connection:
        assert event.type != "error", event
        if event.type in types:
            return event
    raise EOFError


async def write(connection, text):
    content = [{"type": "input_text", "text": text}]
    await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
    await connection.response.create()


async def speak(connection, speech):
    for start in range(0, len(speech), 4800):
        await connection.input_audio_buffer.append(audio=base64.b64encode(speech[start : start + 4800]).decode())


async def listen(connection, event, seconds=2):
    """Hear so much of an answer."""
    heard = 0
    while heard < seconds * 48000:
        heard += len(base64.b64decode((await until(connection, event)).delta))


async def answer(connection):
    response = (await until(connection, "response.done")).response
    content = response.output[0].content[0]
    return content.text or content.transcript


async def text_turn(connection, text):
    await write(connection, text)
    return await answer(connection)


async def spoken_turn(connection, speech):
    await speak(connection, speech)
    heard = await until(connection, "conversation.item.input_audio_transcription.completed")
    tell("speech", heard=heard.transcript, answer=await answer(connection))


async def function_round(connection):
    await connection.session.update(session={"type": "realtime", "tools": [WEATHER]})
    await write(connection, "How is the weather?")
    call = (await until(connection, "response.done")).response.output[0]
    item = {"type": "function_call_output", "call_id": call.call_id, "output": "foggy"}
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    tell("function", name=call.name, arguments=json.loads(call.arguments), answer=await answer(connection))


async def cancel(connection):
    await write(connection, "Tell me a story.")
    await until(connection, "response.output_audio.delta")
    await connection.response.cancel()
    response = (await until(connection, "response.done")).response
    tell("cancel", status=response.status, reason=response.status_details.reason)


async def barge_in(connection, speech):
    await write(connection, "Tell me a story.")
    item = (await until(connection, "response.output_item.added")).item
    await listen(connection, "response.output_audio.delta")
    await speak(connection, speech)
    await until(connection, "input_audio_buffer.speech_started")
    response = (await until(connection, "response.done")).response
    await connection.conversation.item.truncate(item_id=item.id, content_index=0, audio_end_ms=600)
    both = [await until(connection, "conversation.item.truncated", "response.done") for _ in range(2)]
    [cut] = [event for event in both if event.type == "conversation.item.truncated"]
    after = await text_turn(connection, "What now?")
    reason = response.status_details.reason
    tell("barge-in", status=response.status, reason=reason, heard_ms=cut.audio_end_ms, answer=after)


async def reconnect(client):
    """The SDK itself connects again when the line breaks."""
    again = []

    def reconnecting(event: ReconnectingEvent) -> None:
        again.append(event)

    async with client.realtime.connect(model="gpt-realtime", on_reconnecting=reconnecting) as connection:
        await until(connection, "session.created")
        connection._connection.transport.abort()
        await until(connection, "session.created")
        tell("reconnect", answer=await text_turn(connection, "hello again"), times=len(again))


async def main(base_url, speech):
    client = AsyncOpenAI(base_url=base_url, api_key="sk-test")
    async with client.realtime.connect(model="gpt-realtime") as connection:
        created = await until(connection, "session.created")
        tell("connect", has_id=bool(created.session.id))
        detection = {"type": "server_vad", "silence_duration_ms": 700}
        audio = {"input": {"transcription": {"model": "whisper-1"}, "turn_detection": detection}}
        await connection.session.update(session={"type": "realtime", "audio": audio})
        await until(connection, "session.updated")
        tell("text", answer=await text_turn(connection, "good morning"))
        await spoken_turn(connection, speech)
        await function_round(connection)
        await cancel(connection)
        await barge_in(connection, speech)
    await reconnect(client)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]).read_bytes()))
