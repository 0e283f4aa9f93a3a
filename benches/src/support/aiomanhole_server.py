"""A program with an aiomanhole in a thread of its own, as its documentation shows it."""

import asyncio
import sys

import aiomanhole


class Gizmo:
    count = 42


async def main(path):
    await aiomanhole.start_manhole(path=path, threaded=True, namespace={"gizmo": Gizmo()}, banner="")
    print("serving", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
