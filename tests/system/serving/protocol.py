"""Tests of the protocol by the client of PROTOCOL.md, which shares no code with the server.

Usage: protocol.py DIRECTORY-OF-THE-CLIENT SOCKET
"""

import json
import math
import socket
import sys

sys.path.insert(0, sys.argv[1])
import client  # noqa: E402
import schema  # noqa: E402

PATH = sys.argv[2]


class Manhole(client.Manhole):
    """The client of the documentation, with each message validated against the schema."""

    def __init__(self, path, notified=lambda method, params: None):
        def checked(method, params):
            schema.check_notification(method, params)
            notified(method, params)

        super().__init__(path, checked)
        self.methods = {}

    def send(self, method, /, **params):
        id = super().send(method, **params)
        self.methods[id] = method
        return id

    def wait(self, id):
        response = super().wait(id)
        schema.check_response(self.methods[id], response)
        return response


def fails(manhole, expected, method, /, **params):
    try:
        response = manhole.call(method, **params)
    except RuntimeError as error:
        assert error.args[0] == expected, (method, params, error)
        return error.args[1]
    raise AssertionError(f"{method} {params} gave {response}")


def value(manhole, code):
    return manhole.call("eval", code=code, format="value")["value"]


def test_values_round_trip_exactly():
    manhole = Manhole(PATH)
    for path, seen in [
        ("zoo.small", -5),
        ("zoo.exact", 2**53 - 1),
        ("zoo.inexact", {"$int": str(2**53)}),
        ("zoo.wide", {"$int": str(2**64 - 1)}),
        ("zoo.signed", {"$int": str(-(2**127))}),
        ("zoo.unsigned", {"$int": str(2**128 - 1)}),
        ("zoo.single", 0.1),
        ("zoo.double", 1e300),
        ("zoo.nan", {"$float": "NaN"}),
        ("zoo.infinite", {"$float": "-inf"}),
        ("zoo.char", "é"),
        ("zoo.text", 'a "b"\n\u2028'),
        ("zoo.time", "1.5s"),
        ("zoo.none", None),
        ("zoo.some", 3),
        ("zoo.bytes", {"$bytes": "00ff"}),
        ("zoo.by_number", {"$map": [[1, "one"], [2, "two"]]}),
        ("zoo.by_name", {"$map": [["$a", 1], ["b", 2]]}),
        ("zoo.set", [1, 2]),
        ("zoo.pair", [1, "x"]),
        ("zoo.unit", "Idle"),
        ("zoo.variant", {"Busy": {"since": 7}}),
        ("zoo.secret", {"$placeholder": "secret"}),
    ]:
        # A secret is never read, not even by its own path.
        if path != "zoo.secret":
            assert value(manhole, path) == seen, (path, value(manhole, path))
            if not isinstance(seen, float) or not math.isnan(seen):
                manhole.call("set", path=path, value=seen)
                assert value(manhole, path) == seen, path
        name = path.split(".")[1]
        assert value(manhole, "zoo")[name] == seen, path
    manhole.call("set", path="zoo.wide", value=2**64 - 1)
    assert value(manhole, "zoo.wide") == {"$int": str(2**64 - 1)}
    fails(manhole, -32602, "set", path="zoo.text", value={"$placeholder": "secret"})
    fails(manhole, -32001, "set", path="zoo.small", value=300)


def test_eval_returns_value_text_type_time_and_cut():
    printed = []
    manhole = Manhole(PATH, lambda method, params: printed.append((method, params)))
    response = manhole.call("eval", code="print(1); print(2); zoo.small")
    assert [params["text"] for _, params in printed] == ["1\n", "2\n"], printed
    assert all(method == "print" and params["id"] == 1 for method, params in printed)
    assert response.pop("elapsed_us") >= 0
    assert response == {"value": -5, "text": "-5", "type": "i64", "cut": False}, response
    assert manhole.call("eval", code="zoo.small")["type"] == "i8"
    assert manhole.call("eval", code="zoo")["type"] == "Zoo"
    assert set(manhole.call("eval", code="let x = 1;")) == {"elapsed_us", "cut", "value"}
    assert manhole.call("eval", code="x + 1", format="text")["text"] == "2"
    assert manhole.call("eval", code="it")["value"] == 2
    many = manhole.call("eval", code="many")
    assert many["cut"] and len(many["value"]) == 4096
    part = manhole.call("eval", code="many.skip(99990)", format="value")
    assert not part["cut"] and part["value"] == list(range(99990, 100000))
    assert manhole.call("eval", code="many", format="text")["cut"]


def test_errors_have_codes_and_locations():
    manhole = Manhole(PATH)
    fails(manhole, -32000, "eval", code="let = 1")
    fails(manhole, -32007, "eval", code="if true {")
    fails(manhole, -32001, "eval", code="zoo.nothing")
    fails(manhole, -32002, "eval", code="loop {}", timeout_ms=50)
    fails(manhole, -32004, "eval", code="zoo.guarded")
    fails(manhole, -32004, "set", path="zoo.guarded", value=1)
    fails(manhole, -32004, "inspect", path="vault")
    fails(manhole, -32006, "eval", code="locked.count")
    fails(manhole, -32006, "inspect", path="locked")
    fails(manhole, -32005, "eval", code="many.to_array()")
    fails(manhole, -32601, "nothing")
    fails(manhole, -32602, "eval")
    fails(manhole, -32602, "eval", code="1", what=2)
    fails(manhole, -32602, "unwatch", watch=1)
    id = manhole.send("eval", code="1 +\n zoo.nothing")
    while True:
        line = manhole.lines.readline()
        if line.startswith("{"):
            break
    error = json.loads(line)["error"]
    assert json.loads(line)["id"] == id
    assert error["data"]["location"] == {"line": 2, "column": 6}, error
    assert error["data"]["kind"] == "runtime"
    assert "Zoo has:" in error["data"]["help"]
    assert error["data"]["text"].startswith("error: Zoo has no field")


def test_requests_overlap():
    manhole = Manhole(PATH)
    manhole.call("eval", code="let kept = zoo;")
    running = manhole.send("eval", code="loop {}")
    waiting = manhole.send("eval", code="1 + 1")
    unwanted = manhole.send("eval", code="zoo.small = 9")
    completed = manhole.call("complete", code="kept.", cursor=5)
    assert any(candidate["text"] == "small" for candidate in completed["candidates"])
    assert manhole.call("info")["protocol"] == 1
    assert manhole.call("cancel", id=unwanted) == {"cancelled": True}
    assert manhole.call("cancel", id=12345) == {"cancelled": False}
    assert manhole.call("cancel", id=running) == {"cancelled": True}
    for id in (running, unwanted):
        try:
            raise AssertionError(manhole.wait(id))
        except RuntimeError as error:
            assert error.args[0] == -32003, error
    assert manhole.wait(waiting)["value"] == 2
    assert value(manhole, "zoo.small") == -5
    assert manhole.call("cancel", id=running) == {"cancelled": False}
    for code in ["sleep(30)", "waiting.wait_for_ever()", "many.filter(|n| { sleep(0.001); false })"]:
        running = manhole.send("eval", code=code)
        assert manhole.call("cancel", id=running) == {"cancelled": True}, code
        try:
            raise AssertionError(manhole.wait(running))
        except RuntimeError as error:
            assert error.args[0] == -32003, error


def test_a_command_that_never_returns_is_abandoned():
    manhole = Manhole(PATH)
    manhole.call("eval", code="let lost = 1;")
    running = manhole.send("call", path="waiting", method="stick")
    waiting = manhole.send("eval", code="1 + 1")
    assert manhole.call("cancel", id=running) == {"cancelled": True}
    try:
        raise AssertionError(manhole.wait(running))
    except RuntimeError as error:
        assert error.args[0] == -32003 and "does not return" in error.args[1], error
    assert manhole.wait(waiting)["value"] == 2
    fails(manhole, -32001, "eval", code="lost")
    # The others of a batch are answered too.
    raw = Raw()
    raw.send([request(1, "eval", code="1"), request(2, "call", path="waiting", method="stick"), request(3, "info")])
    raw.send(request(4, "cancel", id=2))
    first, second = raw.message(), raw.message()
    assert first["result"] == {"cancelled": True}, first
    assert [response["id"] for response in second] == [1, 2, 3], second
    assert [response.get("error", {}).get("code") for response in second] == [None, -32003, -32003], second


def test_inspect_describe_complete_check_set_call():
    manhole = Manhole(PATH)
    roots = manhole.call("inspect")
    assert [child["label"] for child in roots["children"]] == ["zoo", "many", "locked", "vault", "waiting", "manhole"]
    assert roots["children"][3]["text"] == "<admin>"
    page = manhole.call("inspect", path="many", offset=50000, limit=2)
    assert page["total"] == 100000 and page["kind"] == "list"
    assert [(child["label"], child["text"], child["path"]) for child in page["children"]] == [
        ("50000", "50000", "many[50000]"), ("50001", "50001", "many[50001]")]
    assert len(manhole.call("inspect", path="many", limit=99999)["children"]) == 1000
    assert manhole.call("inspect", path="many", offset=100000)["children"] == []
    fields = {child["label"]: child for child in manhole.call("inspect", path="zoo")["children"]}
    assert fields["secret"]["text"] == "<secret>" and not fields["secret"]["inside"]
    assert fields["guarded"]["text"] == "<admin>"
    assert fields["variant"]["inside"] and not fields["unit"]["inside"] and not fields["none"]["inside"]
    # Every path that is told leads somewhere.
    seen, todo = 0, ["zoo"]
    while todo:
        for child in manhole.call("inspect", path=todo.pop())["children"]:
            seen += 1
            if child["inside"]:
                todo.append(child["path"])
    assert seen > 30, seen
    names = manhole.call("inspect", path="zoo.by_name")["children"]
    assert [child["path"] for child in names] == ['zoo.by_name["$a"]', 'zoo.by_name["b"]'], names
    assert manhole.call("inspect", path='zoo.by_name["b"]')["text"] == "2"
    assert "path" not in manhole.call("inspect", path="zoo.set")["children"][0]

    described = manhole.call("describe", path="zoo")
    assert described["type"] == "Mutex<Zoo>" and described["doc"] == "A field for each kind of value."
    fields = {field["name"]: field for field in described["fields"]}
    assert fields["small"] == {"name": "small", "type": "i8", "doc": "A small value.", "readonly": False, "secret": False, "level": "observe"}
    assert fields["guarded"]["level"] == "admin" and fields["secret"]["secret"]
    methods = {method["name"]: method for method in described["methods"]}
    assert methods["add"]["signature"] == "add(a: u64, b: u64) -> u64", methods
    assert [method["name"] for method in manhole.call("describe")["methods"]] == ["double"]
    assert manhole.call("describe", path="double")["methods"][0]["signature"] == "double(n: i64) -> i64"
    assert [variant["name"] for variant in manhole.call("describe", path="zoo.variant")["variants"]] == ["Idle", "Busy"]

    def complete(code):
        response = manhole.call("complete", code=code, cursor=len(code))
        return response["start"], [candidate["text"] for candidate in response["candidates"]]

    assert complete("zo") == (0, ["zoo"])
    assert complete("zoo.by_") == (4, ["by_number", "by_name"])
    assert complete('zoo.by_name["') == (13, ['$a"]', 'b"]'])
    assert complete('zoo.by_name["b') == (13, ['b"]'])
    assert complete("zoo.ad") == (4, ["add("])
    assert complete('set("time') == (5, ['timeout"'])
    assert complete("zoo.items.filter(|item| item.la") == (29, ["label"])
    assert complete("zoo.items[0].la")[1] == ["label"]
    assert complete("for x in zoo.items { x } zoo.items.find(|i| i.id == 1).la")[1] == ["label"]
    assert complete('"zoo.')[1] == [] and complete("// zoo.")[1] == [] and complete("nothing.")[1] == []
    assert "filter(" in complete("zoo.items.")[1] and "filter(" not in complete("zoo.")[1]

    for code, state in [("1", "complete"), ("if true {", "incomplete"), ("/* ", "incomplete"), (")", "invalid"), ("", "complete")]:
        assert manhole.call("check", code=code)["state"] == state, code
    assert manhole.call("check", code="let = 1")["error"]["code"] == -32000

    assert manhole.call("call", path="zoo", method="add", args=[2**60, 1]) | {"elapsed_us": 0} == {
        "value": {"$int": str(2**60 + 1)}, "text": str(2**60 + 1), "type": "u64", "cut": False, "elapsed_us": 0}
    assert manhole.call("call", path="double", args=[4])["value"] == 8
    fails(manhole, -32001, "call", path="zoo", method="add", args=[1])
    fails(manhole, -32001, "call", path="zoo", method="nothing")
    fails(manhole, -32001, "set", path="zoo.no", value=1)
    fails(manhole, -32001, "set", path="not a path", value=1)


def test_a_watch_sends_changes():
    seen = []
    manhole = Manhole(PATH, lambda method, params: seen.append((method, params)))
    watch = manhole.call("watch", code="print(`look`); zoo.items.len()", interval_ms=10)["watch"]
    broken = manhole.call("watch", code="zoo.nothing", interval_ms=10)["watch"]
    slow = manhole.call("watch", code="loop {}", interval_ms=10)["watch"]

    def of(watch, method="changed"):
        return [params for name, params in seen if name == method and params.get("watch") == watch]

    def until(condition):
        while not condition():
            manhole.call("check", code="1")

    until(lambda: of(watch) and of(broken) and of(slow))
    assert of(watch)[0]["value"]["value"] == 2 and not of(watch)[0]["ended"]
    assert of(watch, "print")[0]["text"] == "look\n"
    assert of(broken)[0]["error"]["code"] == -32001 and not of(broken)[0]["ended"]
    assert of(slow)[0]["ended"] and of(slow)[0]["error"]["code"] == -32002
    fails(manhole, -32602, "unwatch", watch=slow)
    manhole.call("eval", code='zoo.items.push(#{ id: 3, label: "c" })')
    until(lambda: len(of(watch)) > 1)
    assert of(watch)[1]["value"]["value"] == 3 and len(of(broken)) == 1
    manhole.call("eval", code="zoo.items.pop()")
    manhole.call("unwatch", watch=watch)
    manhole.call("unwatch", watch=broken)
    fails(manhole, -32602, "watch", code="1", interval_ms=1)
    fails(manhole, -32000, "watch", code="let = 1", interval_ms=10)
    for _ in range(16):
        manhole.call("watch", code="1", interval_ms=60000)
    fails(manhole, -32005, "watch", code="1", interval_ms=60000)
    # Without a request: the server wakes by itself.
    other = Manhole(PATH)
    other.call("watch", code="42", interval_ms=10)
    while True:
        line = other.lines.readline()
        if '"changed"' in line:
            break


class Raw:
    """A connection, line by line."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(PATH)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def send(self, message):
        line = message if isinstance(message, str) else json.dumps(message)
        self.socket.sendall(line.encode() + b"\n")

    def message(self):
        while True:
            line = self.lines.readline()
            assert line, "closed"
            if line[0] in "{[":
                message = json.loads(line)
                for one in message if isinstance(message, list) else [message]:
                    if "error" in one:
                        schema.check_error(one["error"])
                return message


def request(id, method, /, **params):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def test_json_rpc_conformance():
    raw = Raw()
    raw.send(request("text", "eval", code="1"))
    greeting = raw.lines.readline()
    assert greeting == "hello\n", greeting
    assert raw.lines.readline() == ">>> \n"
    assert raw.message()["id"] == "text"
    # A notification is not answered.
    raw.send({"jsonrpc": "2.0", "method": "eval", "params": {"code": "let noticed = 5"}})
    raw.send({"jsonrpc": "2.0", "id": 1.5, "method": "eval", "params": ["noticed", None, "value"]})
    response = raw.message()
    assert response["id"] == 1.5 and response["result"]["value"] == 5, response
    raw.send([request(1, "eval", code="1"), {"jsonrpc": "2.0", "method": "info"}, 7, request(2, "nothing")])
    responses = raw.message()
    assert [(response["id"], response.get("error", {}).get("code")) for response in responses] == [
        (1, None), (None, -32600), (2, -32601)], responses
    raw.send([{"jsonrpc": "2.0", "method": "info"}])
    for line, code in [("{", -32700), ("[]", -32600), ("hello", -32700), ("[1]", -32600), ("\x03", None),
                       ('[["2.0", 1, "eval", ["1 + 1"]]]', -32600), ('{"jsonrpc":"2.0","id":{},"method":"info"}', -32600),
                       ('{"jsonrpc":"2.0","id":1}', -32600), (" " * 70000, -32600)]:
        raw.send(line)
        if code is None:
            continue
        response = raw.message()
        response = response[0] if isinstance(response, list) else response
        assert response["error"]["code"] == code, (line[:50], response)
    raw.send("")
    raw.send(request(3, "shutdown"))
    assert raw.message() == {"jsonrpc": "2.0", "id": 3, "result": {}}
    assert raw.lines.readline() == ""
    # `exit` ends the session too, and is answered.
    for code in ["exit", "exit()"]:
        raw = Raw()
        raw.send(request(1, "eval", code=code))
        assert raw.message() == {"jsonrpc": "2.0", "id": 1, "result": {"elapsed_us": 0, "cut": False, "value": None}}
        assert raw.lines.readline() == ""
    # The last line needs no end.
    raw = Raw()
    raw.socket.sendall(json.dumps(request(9, "eval", code="6 * 7")).encode())
    raw.socket.shutdown(socket.SHUT_WR)
    assert raw.message()["result"]["value"] == 42
    # A first line that only looks like one changes the dialect, and is refused in it.
    raw = Raw()
    raw.send('{"jsonrpc":')
    assert raw.message()["error"]["code"] == -32700
    # One that is too long does too, if it can be seen what it is.
    raw = Raw()
    raw.send(request(1, "eval", code="1" * 70000))
    assert raw.message()["error"]["code"] == -32600
    raw.send(request(2, "eval", code="1"))
    assert raw.message()["result"]["value"] == 1
    # People are not taken for programs.
    raw = Raw()
    raw.send("{ zoo.small }")
    assert raw.lines.readline() == "hello\n" and raw.lines.readline() == ">>> -5\n"


def test_batches_are_limited():
    raw = Raw()
    raw.send([request(id, "eval", code="many", format="text") for id in range(101)])
    assert raw.message()["error"]["code"] == -32600
    raw.send([request(0, "eval", code='set("output", 400000); set("items", 5000)')]
             + [request(id, "eval", code="many.take(4096)") for id in range(1, 80)])
    responses = raw.message()
    failed = [response["error"]["code"] for response in responses if "error" in response]
    assert len(responses) == 80 and failed and set(failed) == {-32005}, failed
    assert "result" in responses[1]


def test_invalid_paths_are_errors():
    manhole = Manhole(PATH)
    for path in ["a[é", "zoo[é]", "zoo.by_name[\"é", "zoo" + ".small" * 5000, "\u0000", "zoo[", "zoo['é']", "zoo[💣]"]:
        fails(manhole, -32001, "inspect", path=path)
        fails(manhole, -32001, "set", path=path, value=1)
        try:
            manhole.call("eval", code=path)
        except RuntimeError:
            pass
        for cursor in range(len(path[:20]) + 2):
            manhole.call("complete", code=path, cursor=cursor)
    assert value(manhole, "1") == 1


def test_output_for_a_client_that_reads_nothing_is_limited():
    raw = Raw()
    raw.send(request(0, "eval", code="loop {}"))
    line = json.dumps(request(1, "complete", code="zoo.", cursor=4)).encode() + b"\n"
    raw.socket.settimeout(10)
    try:
        for _ in range(100000):
            raw.socket.sendall(line)
    except (OSError, TimeoutError):
        pass
    else:
        raise AssertionError("it takes everything")
    assert value(Manhole(PATH), "1") == 1


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(name, "passed", flush=True)
