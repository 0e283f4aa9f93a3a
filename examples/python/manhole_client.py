"""A typed client for consoles, in one file without dependencies. Copy it. Needs Python 3.10.

    with Session("/run/app.manhole") as session:
        assert session.eval("gizmo.count", int) == 42
        session.set("gizmo.config.limit", 5)
        session.wait_until("gizmo.queue.len()", int, lambda n: n == 0, seconds=10)

Values arrive exactly as the type that you ask for: int, float, str, bool, bytes, None, list, tuple, set, dict, dataclasses and
unions of these. What does not fit is a `ValueMismatch`.
"""

from __future__ import annotations

import dataclasses
import json
import socket
import time
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class ManholeError(Exception):
    """An error that the console reports. `str(error)` is the message, `report` what a terminal shows."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        details: dict[str, Any] = error.get("data") or {}
        self.kind: str = details.get("kind", "other")
        self.help: str | None = details.get("help")
        self.report: str = details.get("text", error["message"])


class ValueMismatch(TypeError):
    """A value does not fit the type that the caller asks for, or is not shown whole."""


class NotReached(AssertionError):
    """A wait was in vain. `last` is the last value, or None."""

    def __init__(self, expression: str, seconds: float, last: object) -> None:
        super().__init__(f"{expression} was not as expected within {seconds} s; its last value was {last!r}")
        self.last = last


@dataclasses.dataclass(frozen=True)
class Placeholder:
    """Stands for a value that the console does not show: why is `secret`, `locked`, `cut`, …"""

    why: str


@dataclasses.dataclass(frozen=True)
class ServerInfo:
    """What the console says of itself."""

    application: str
    pid: int
    version: str
    protocol: int
    uptime_ms: int
    level: str
    session: int
    max_message_bytes: int


class Session:
    """A session with an application. It ends with the `with` block."""

    def __init__(
        self, path: str, *, client: str = "manhole_client.py", level: str | None = None, timeout: float = 15
    ) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(timeout)
        self._timeout = timeout
        self._socket.connect(path)
        self._received = b""
        self._last_id = 0
        self._changes: list[dict[str, Any]] = []
        self._printed = ""
        self._send({"method": "identify", "params": {"client": client}})
        self.info: ServerInfo = convert(self._request("info"), ServerInfo, "info")
        if self.info.protocol != 1:
            raise ConnectionError(f"expected version 1 of the protocol, found {self.info.protocol}")
        if level is not None:
            self.eval_text(f'level("{level}");')

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def eval(self, code: str, as_type: type[T]) -> T:
        """Runs a command, and returns its value."""
        return self._value(self._request("eval", code=code, format="value"), as_type, code)

    def eval_text(self, code: str) -> str:
        """Runs a command, and returns what a prompt shows: what it prints, and its value."""
        self._printed = ""
        return self._printed_and(self._request("eval", code=code, format="text"))

    def set(self, path: str, value: object) -> None:
        """Writes the value at a path."""
        self._request("set", path=path, value=encode(value))

    def call(self, path: str, as_type: type[T], *arguments: object) -> T:
        """Calls a method (`gizmo.reset`) or a function (`add`), and returns its value."""
        value, _, method = path.rpartition(".")
        target = {"path": value, "method": method} if value else {"path": path}
        result = self._request("call", args=[encode(argument) for argument in arguments], **target)
        return self._value(result, as_type, path)

    def wait_until(
        self, expression: str, as_type: type[T], is_reached: Callable[[T], bool], seconds: float
    ) -> T:
        """Waits until an expression has a value for which `is_reached` returns true, and returns the value."""
        end = time.monotonic() + seconds
        watch: int = self._request("watch", code=expression, interval_ms=50)["watch"]
        last: object = None
        try:
            while True:
                for change in [change for change in self._changes if change["watch"] == watch]:
                    self._changes.remove(change)
                    error = change.get("error")
                    # The application holds a lock: that ends.
                    if error and error.get("data", {}).get("kind") != "locked":
                        raise ManholeError(error)
                    if change.get("value"):
                        last = value = self._value(change["value"], as_type, expression)
                        if is_reached(value):
                            return value
                left = end - time.monotonic()
                if left <= 0:
                    raise NotReached(expression, seconds, last)
                self._read(left)
        finally:
            self._request("unwatch", watch=watch)

    def _value(self, evaluation: dict[str, Any], as_type: type[T], expression: str) -> T:
        if evaluation["cut"]:
            raise ValueMismatch(f"{expression}: the value exceeds one response: evaluate a part of it")
        value: T = convert(decode(evaluation.get("value")), as_type, expression)
        return value

    def _printed_and(self, evaluation: dict[str, Any]) -> str:
        return self._printed + (evaluation.get("text") or "")

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def _request(self, method: str, /, **params: object) -> Any:
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            response = self._read(self._timeout)
            if response is None:
                # A command that runs on would keep the session busy.
                self._socket.close()
                raise TimeoutError(f"no response to {method} in {self._timeout} s")
            if response.get("id") == self._last_id:
                if "error" in response:
                    raise ManholeError(response["error"])
                return response["result"]

    def _read(self, seconds: float) -> dict[str, Any] | None:
        """Reads one message. Keeps notifications, and returns responses; None if there is none in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self._received:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                received = self._socket.recv(65536)
            except TimeoutError:
                return None
            if not received:
                raise ConnectionError("the console has closed the connection")
            self._received += received
        line, _, self._received = self._received.partition(b"\n")
        if not line.startswith(b"{"):
            # The banner.
            return {}
        message: dict[str, Any] = json.loads(line)
        match message.get("method"):
            case "print":
                self._printed += message["params"]["text"]
            case "changed":
                self._changes.append(message["params"])
            case "closed":
                raise ConnectionError(message["params"]["reason"])
        return message


def decode(value: Any) -> Any:
    """Returns a value of the protocol as Python's."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    match next(iter(value.items()), None):
        case ("$int", text):
            return int(text)
        case ("$float", text):
            return float(text)
        case ("$bytes", text):
            return bytes.fromhex(text)
        case ("$map", entries):
            return {hashable(decode(key)): decode(item) for key, item in entries}
        case ("$placeholder", why):
            return Placeholder(why)
    return {key: decode(item) for key, item in value.items()}


def hashable(value: Any) -> Any:
    """Returns the key of a dict for a key of the application, which may be a list or a map."""
    if isinstance(value, list):
        return tuple(hashable(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, hashable(item)) for key, item in value.items())
    return value


def encode(value: object) -> Any:
    """Returns a value of Python as the protocol's."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**53 else {"$int": str(value)}
        case float():
            is_finite = value - value == 0
            return value if is_finite else {"$float": {"nan": "NaN"}.get(str(value), str(value))}
        case bytes() | bytearray():
            return {"$bytes": value.hex()}
        case list() | tuple() | set() | frozenset():
            return [encode(item) for item in value]
        case dict():
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: encode(item) for key, item in value.items()}
            return {"$map": [[encode(key), encode(item)] for key, item in value.items()]}
    raise ValueMismatch(f"cannot send {value!r}")


def convert(value: Any, as_type: Any, place: str) -> Any:
    """Returns a value as this type, without loss. `place` is for the error."""

    def wrong() -> ValueMismatch:
        return ValueMismatch(f"{place}: expected {getattr(as_type, '__name__', as_type)}, found {value!r}")

    origin, arguments = typing.get_origin(as_type), typing.get_args(as_type)
    if as_type in (Any, object):
        return value
    if isinstance(value, Placeholder) and as_type is not Placeholder:
        raise ValueMismatch(f"{place}: the value is not shown: <{value.why}>")
    if as_type in (None, type(None)):
        if value is None:
            return None
        raise wrong()
    if origin in (typing.Union, types.UnionType):
        for choice in arguments:
            try:
                return convert(value, choice, place)
            except ValueMismatch:
                pass
        raise wrong()
    if dataclasses.is_dataclass(as_type):
        if not isinstance(value, dict):
            raise wrong()
        hints, fields = typing.get_type_hints(as_type), dataclasses.fields(as_type)
        missing = [field.name for field in fields if field.name not in value]
        if missing:
            raise ValueMismatch(f"{place}: expected the fields {', '.join(missing)}")
        make: Any = as_type
        return make(**{
            field.name: convert(value[field.name], hints[field.name], f"{place}.{field.name}") for field in fields
        })
    container = origin or as_type
    if container in (list, set, frozenset) and isinstance(value, list):
        item_type = arguments[0] if arguments else Any
        items = (convert(item, item_type, f"{place}[{at}]") for at, item in enumerate(value))
        return container(items)
    if container is tuple and isinstance(value, list):
        if not arguments:
            return tuple(value)
        if len(arguments) != len(value):
            raise wrong()
        parts = zip(value, arguments, strict=True)
        return tuple(convert(item, part, f"{place}[{at}]") for at, (item, part) in enumerate(parts))
    if container is dict and isinstance(value, dict):
        key_type, item_type = arguments or (Any, Any)
        return {
            convert(key, key_type, f"{place}: key"): convert(item, item_type, f"{place}[{key!r}]")
            for key, item in value.items()
        }
    # An integer that a float holds exactly.
    if as_type is float and type(value) is int and int(float(value)) == value:
        return float(value)
    if isinstance(as_type, type) and type(value) is as_type:
        return value
    raise wrong()
