"""A first conversation through the official OpenAI SDK: say something in words, hear the answer.

    pip install "openai[realtime]"
    python examples/openai_sdk.py "What is six times seven?"

The spoken answer is kept in answer.wav. Only `base_url` differs from a program that talks to the hosted service.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import wave

from openai import AsyncOpenAI

BASE_URL = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")


async def converse(words: str) -> None:
    client = AsyncOpenAI(base_url=BASE_URL, api_key=os.environ.get("OPENAI_API_KEY", "none-needed"))
    async with client.realtime.connect(model="gpt-realtime") as connection:
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
        await connection.conversation.item.create(item=message)
        await connection.response.create()
        speech = bytearray()
        async for event in connection:
            if event.type == "response.output_audio_transcript.delta":
                print(event.delta, end="", flush=True)
            elif event.type == "response.output_audio.delta":
                speech += base64.b64decode(event.delta)
            elif event.type == "response.done":
                break
            elif event.type == "error":
                sys.exit(event.error.message)
    print()
    with wave.open("answer.wav", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(speech)


asyncio.run(converse(" ".join(sys.argv[1:]) or "What time is it?"))
