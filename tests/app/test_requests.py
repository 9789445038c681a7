"""What is answered without a session, joined to a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, FastAPI

from ovos_voice_agent.app.casting import Cast, Casting
from ovos_voice_agent.app.requests import open_routers, request_routers, service_of
from ovos_voice_agent.config import load
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.personas.instructions import SPOKEN
from ovos_voice_agent.personas.persona import Persona
from tests.runtime.scenes import world
from tests.transports.counter import NAMES, service


def paths(routers: Sequence[APIRouter]) -> set[str]:
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    return set(app.openapi()["paths"])


def test_instructions_of_the_configuration_hold_in_chats() -> None:
    cast = Cast(world(), NAMES, Offer())
    plain = service_of(load(), Casting(cast))
    assert (plain.instructions, plain.spoken_instructions) == ("", SPOKEN)
    own = service_of(load(overrides={"session.instructions": "Rhyme."}), Casting(cast))
    assert (own.instructions, own.spoken_instructions) == ("Rhyme.", "Rhyme.")


def test_a_persona_answers_in_chats_as_well() -> None:
    names = replace(NAMES, personas={"pirate": Persona("pirate", "Arr.")})
    cast = Cast(world(), names, Offer())
    service = service_of(load(), Casting(Cast(world(), NAMES, Offer()), {"pirate": cast}))
    assert service.of("pirate").world is cast.world
    assert service.of("pirate").spoken_instructions == "Arr."
    assert service.of("gpt-4o") is service


def test_all_routes_are_there() -> None:
    found = paths(request_routers(load(), service))
    assert found >= {
        "/v1/audio/speech",
        "/v1/audio/transcriptions",
        "/v1/audio/translations",
        "/v1/audio/voices",
        "/v1/audio/models",
        "/v1/chat/completions",
        "/openai/deployments/{model}/audio/speech",
        "/openai/deployments/{model}/audio/transcriptions",
        "/openai/deployments/{model}/audio/translations",
        "/openai/deployments/{model}/chat/completions",
        "/stt",
        "/v2/synthesize",
    }
    assert open_routers(load(), service) == []


def test_lists_may_be_open_to_everybody() -> None:
    config = load(overrides={"server.public_lists": True})
    assert paths(open_routers(config, service)) == {
        "/v1/audio/voices",
        "/v1/audio/voices/{voice}/sample",
        "/v1/audio/models",
    }
    assert not paths(request_routers(config, service)) & paths(open_routers(config, service))
