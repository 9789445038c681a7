"""Whatever a client sends that the codec lets through, the session acts on or refuses; nothing else escapes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder
from tests.core.promises import World
from tests.core.stage import OFFER, realtime
from tests.protocol.test_codec import EXAMPLES, mutated

DECODER = ClientEventDecoder()
VALUES: list[Any] = [None, "", 0, 1, True, [], {}, "auto", "none", "root", {"type": "server_vad"}, [{"name": "f"}]]


def exchanged(data: st.DataObject, value: Any) -> Any:
    """The value with something in it exchanged for something likely to be taken."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 3)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: exchanged(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [exchanged(data, value[0]), *value[1:]]
    return data.draw(st.sampled_from(VALUES))


@given(data=st.data())
def test_any_events_in_any_order(data: st.DataObject) -> None:
    world = World(realtime(), replace(OFFER, reasoning=True, noise_reduction=True))
    world.step(ee.Opened())
    for number in range(data.draw(st.integers(1, 6))):
        example = data.draw(st.sampled_from(EXAMPLES))["event"]
        change = data.draw(st.sampled_from([exchanged, mutated, lambda _, event: event]))
        try:
            event = DECODER.check({**as_event(change(data, example)), "event_id": f"client_{number}"})
        except BadEvent:
            continue
        world.step(event)
    world.end()


def as_event(value: Any) -> dict[str, Any]:
    """As it would come out of JSON; what is no event is an empty one."""
    parsed = json.loads(json.dumps(value))
    return parsed if isinstance(parsed, dict) else {}
