"""The first signal asks to end in order, the second to end at once."""

from __future__ import annotations

import asyncio
import signal

import pytest

from ovos_voice_agent.app.signals import Stop, unless


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_counted(number: signal.Signals) -> None:
    async def script() -> None:
        stop = Stop()
        with stop.on_signals():
            signal.raise_signal(number)
            await asyncio.wait_for(stop.wanted.wait(), 30)
            assert not stop.wanted_at_once.is_set()
            signal.raise_signal(number)
            await asyncio.wait_for(stop.wanted_at_once.wait(), 30)

    asyncio.run(script())


def test_where_the_loop_has_no_signals_the_plain_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script() -> None:
        stop, loop = Stop(), asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)

        def without(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(loop, "add_signal_handler", without)
        with stop.on_signals():
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(stop.wanted.wait(), 30)
        assert signal.getsignal(signal.SIGTERM) is before

    asyncio.run(script())


def test_work_is_done_unless_something_comes_before() -> None:
    async def script() -> None:
        event, let_go = asyncio.Event(), asyncio.Event()

        async def endless() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                let_go.set()

        async def quick() -> int:
            return 7

        async def faulty() -> None:
            raise ValueError("why")

        assert await unless(event, quick()) == 7
        with pytest.raises(ValueError, match="why"):
            await unless(event, faulty())
        asyncio.get_running_loop().call_soon(event.set)
        assert await unless(event, endless()) is None
        assert let_go.is_set()

    asyncio.run(script())


def test_whoever_waits_for_the_work_can_be_cancelled() -> None:
    async def script() -> None:
        let_go = asyncio.Event()

        async def endless() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                let_go.set()

        waiting = asyncio.ensure_future(unless(asyncio.Event(), endless()))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert let_go.is_set()

    asyncio.run(script())
