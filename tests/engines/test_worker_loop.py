from __future__ import annotations

from typing import Any

from ovos_voice_agent.engines.frames import Begin, Done, Drop, Failed, FromWorker, Item, More, Ping, Pong, ToWorker
from ovos_voice_agent.engines.worker_guests import Guest
from ovos_voice_agent.engines.worker_loop import Desk, Service, Task, Turns, Wait


class Scripted:
    """Each task works through its body: a `Wait` to yield, an exception to raise, or anything else to emit."""

    def __init__(self) -> None:
        self.closed: list[Any] = []

    def describe(self) -> None:
        return None

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._run(body, desk)

    def _run(self, body: Any, desk: Desk) -> Task:
        try:
            for step in body:
                if isinstance(step, Wait):
                    yield step
                elif isinstance(step, Exception):
                    raise step
                else:
                    desk.emit(desk.take() if step == "take" else step)
            return "end"
        finally:
            self.closed.append(body)


class Hears:
    """A guest."""

    def __init__(self) -> None:
        self.sent: list[FromWorker] = []

    def send(self, message: FromWorker) -> None:
        self.sent.append(message)


class Desked(Turns):
    """Tasks that all belong to one guest unless told otherwise."""

    def __init__(self, service: Service, guest: Hears) -> None:
        super().__init__(service)
        self._guest = guest

    def handle(self, message: ToWorker, guest: Guest | None = None) -> None:
        super().handle(message, guest or self._guest)


def turns() -> tuple[Desked, list[FromWorker], Scripted]:
    service, guest = Scripted(), Hears()
    return Desked(service, guest), guest.sent, service


def run(work: Turns) -> None:
    while work.busy:
        work.work()


def test_tasks_take_turns() -> None:
    work, sent, _ = turns()
    for number in (1, 2):
        work.handle(Begin(number, ["a", Wait.TURN, "b"]))
    run(work)
    assert sent == [Item(1, "a"), Item(2, "a"), Item(1, "b"), Done(1, "end"), Item(2, "b"), Done(2, "end")]


def test_a_task_waits_for_input_and_loses_none() -> None:
    work, sent, _ = turns()
    work.handle(Begin(1, [Wait.INPUT, "take", Wait.INPUT, "take"]))
    run(work)
    assert sent == []
    work.handle(More(1, "x"))
    work.handle(More(1, "y"))
    run(work)
    assert sent == [Item(1, "x"), Item(1, "y"), Done(1, "end")]


def test_the_end_of_a_task_wakes_those_that_wait_for_it() -> None:
    work, sent, _ = turns()
    work.handle(Begin(1, [Wait.INPUT]))
    work.handle(Begin(2, [Wait.PEER, "free"]))
    run(work)
    work.handle(Drop(1))
    run(work)
    assert sent == [Item(2, "free"), Done(2, "end")]


def test_a_dropped_task_says_nothing_more_and_clears_up() -> None:
    work, sent, service = turns()
    body = ["a", Wait.TURN, "b"]
    work.handle(Begin(1, body))
    work.work()
    work.handle(Drop(1))
    run(work)
    work.handle(Drop(1))
    work.handle(More(1, "late"))
    assert sent == [Item(1, "a")]
    assert service.closed == [body]


def test_a_task_that_raises_fails_alone() -> None:
    work, sent, _ = turns()
    work.handle(Begin(1, [ValueError("why")]))
    work.handle(Begin(2, ["fine"]))
    run(work)
    assert sent == [Failed(1, "ValueError: why"), Item(2, "fine"), Done(2, "end")]


def test_a_ping_is_answered() -> None:
    work, sent, _ = turns()
    work.handle(Ping())
    assert sent == [Pong()]


def test_guests_have_numbers_of_their_own_and_hear_their_own_results() -> None:
    work, sent, _ = turns()
    other = Hears()
    work.handle(Begin(1, ["a"]))
    work.handle(Begin(1, ["b"]), other)
    assert sorted(work.loads.values()) == [1, 1]
    run(work)
    assert (sent, other.sent) == ([Item(1, "a"), Done(1, "end")], [Item(1, "b"), Done(1, "end")])
    assert not work.loads


def test_a_guest_with_many_tasks_does_not_keep_one_with_few_waiting() -> None:
    work, _, _ = turns()
    other = Hears()
    for number in range(50):
        work.handle(Begin(number, [Wait.TURN] * 20))
    work.handle(Begin(0, ["b"]), other)
    for _ in range(51):
        work.work()
    assert other.sent == [Item(0, "b"), Done(0, "end")]


def test_who_leaves_takes_his_tasks_along_and_makes_room() -> None:
    work, sent, service = turns()
    other = Hears()
    work.handle(Begin(1, [Wait.INPUT, "never"]), other)
    work.handle(Begin(2, [Wait.TURN, "never"]), other)
    work.handle(Begin(1, [Wait.PEER, "free"]))
    run_once(work)
    work.leave(other)
    run(work)
    assert (sent, other.sent) == ([Item(1, "free"), Done(1, "end")], [])
    assert len(service.closed) == 3
    assert not work.loads


def run_once(work: Turns) -> None:
    for _ in range(3):
        work.work()
