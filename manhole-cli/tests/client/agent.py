"""Drives `manhole mcp` by the official client of the Model Context Protocol for Python.

Usage: agent.py MAX-CHARACTERS MANHOLE ARGUMENTS…
"""

import asyncio
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import Implementation

LIMIT = int(sys.argv[1])

# Each tool, with arguments and a part of its answer.
CALLS = [
    ("list_programs", {}, "level observe"),
    ("describe", {"path": "gizmo"}, "Requests served since the start."),
    ("inspect", {"path": "gizmo"}, "gizmo.pin: secret = <secret>"),
    ("query", {"code": "gizmo.count"}, "42"),
    ("watch", {"code": "gizmo.count", "seconds": 0.1, "interval": 0.01}, "42"),
    ("report", {}, "# app at "),
    ("more", {}, "Nothing is left of the last answer."),
]


async def text_of(session, tool, arguments):
    """Calls a tool. Returns its answer, and whether it is an error."""
    result = await session.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content)
    assert len(text) <= LIMIT, f"{tool}: {len(text)} characters"
    return text, result.isError


async def main():
    # The library passes only some variables of the environment on.
    server = StdioServerParameters(command=sys.argv[2], args=sys.argv[3:], env=dict(os.environ))
    name = Implementation(name="check", version="1")
    async with stdio_client(server) as streams, ClientSession(*streams, client_info=name) as session:
        begun = await session.initialize()
        assert begun.serverInfo.name == "manhole" and begun.instructions, begun

        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == {tool for tool, _, _ in CALLS}, tools
        for tool in tools.values():
            assert tool.description and tool.inputSchema["type"] == "object", tool
            only_reads = tool.annotations and tool.annotations.readOnlyHint
            assert only_reads or tool.name == "query", tool
        for tool, arguments, part in CALLS:
            # A report has more than one page.
            if tool == "more":
                while "more characters: call `more`" in (await text_of(session, "more", {}))[0]:
                    pass
            text, is_error = await text_of(session, tool, arguments)
            assert part in text and not is_error, f"{tool}: {text}"

        text, is_error = await text_of(session, "query", {"code": "gizmo.count = 1"})
        assert is_error and "takes the level operate" in text, text
        text, is_error = await text_of(session, "query", {"code": "gizmo.cuont"})
        assert is_error and "did you mean `count`?" in text, text
        text, _ = await text_of(session, "query", {"code": "console.sessions.values().map(|it| it.client)"})
        assert "mcp: check" in text, text
        text, _ = await text_of(session, "query", {"code": "for n in 0..5000 { print(n) }"})
        assert "more characters: call `more`" in text, text


asyncio.run(main())
