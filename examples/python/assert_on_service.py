"""Asserts on the example `quickstart` from outside.

Usage: assert_on_service.py SOCKET
"""

import sys
from dataclasses import dataclass

from manhole_client import ManholeError, NotReached, Session, ValueMismatch


@dataclass
class Config:
    limit: int
    verbose: bool


@dataclass
class Item:
    id: int
    label: str


def fails(error_type, call, part):
    try:
        call()
    except error_type as error:
        assert part in str(error), error
        return error
    raise AssertionError(f"expected {error_type.__name__}")


with Session(sys.argv[1]) as session:
    assert session.info.level == "admin"
    assert session.eval("gizmo.count", int) == 42
    assert session.eval("gizmo.items", list[Item])[0] == Item(1, "anvil")
    assert session.eval("gizmo.last_error", str | None) is None
    assert session.eval("(1, \"a\")", tuple[int, str]) == (1, "a")
    # Large integers, and maps with keys that are no strings.
    assert session.eval("18446744073709551615", int) == 2**64 - 1
    by_id = session.eval("gizmo.items.map(|item| (item.id, item.label)).collect::<HashMap>()", dict[int, str])
    assert by_id == {1: "anvil", 2: "bellows", 3: "crucible"}, by_id

    session.set("gizmo.config", Config(5, True))
    assert session.eval("gizmo.config", Config) == Config(5, True)
    assert session.call("gizmo.reset", int) == 42
    assert session.call("add", int, 2, 3) == 5
    assert session.eval_text("print(\"hello\"); gizmo.mode") == "hello\nIdle"

    ticks = session.eval("whatsit.ticks", int)
    assert session.wait_until("whatsit.ticks", int, lambda now: now > ticks, seconds=60) > ticks
    error = fails(
        NotReached, lambda: session.wait_until("gizmo.count", int, lambda count: count == 7, seconds=0.2), "gizmo.count"
    )
    assert error.last == 0

    fails(ValueMismatch, lambda: session.eval("gizmo.name", int), "gizmo.name: expected int, found 'gizmo'")
    fails(ValueMismatch, lambda: session.eval("gizmo.items", list[Config]), "gizmo.items[0]: expected the fields")
    fails(ValueMismatch, lambda: session.eval("gizmo.token", str), "the value is not shown: <secret>")
    error = fails(ManholeError, lambda: session.eval("gizmo.cuont", int), "did you mean `count`?")
    assert error.kind == "runtime" and "line 1, column 7" in error.report

with Session(sys.argv[1], level="observe", client="check") as observer:
    error = fails(ManholeError, lambda: observer.set("gizmo.config.limit", 9), "operate")
    assert error.kind == "denied"
    assert observer.eval("gizmo.config.limit", int) == 5
    clients = observer.eval("console.sessions.values().map(|session| session.client)", list[str])
    assert "check" in clients, clients
