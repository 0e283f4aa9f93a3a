"""Makes the pictures of the README: drives the real client in a terminal, and draws what is on its screen.

Usage: cargo build -p manhole-cli -p examples --examples && python3 docs/screenshots.py
"""

import contextlib
import html
import os
import re
import subprocess
import tempfile
import time

COLUMNS, LINES = 92, 24
COLOURS = ["#3b4252", "#bf616a", "#a3be8c", "#ebcb8b", "#81a1c1", "#b48ead", "#88c0d0", "#e5e9f0", "#7b88a1"]
COLOURS += COLOURS[1:8]
INK, PAPER = "#d8dee9", "#2e3440"
WIDTH, HEIGHT = 8.43, 18


def tmux(*arguments):
    return subprocess.run(["tmux", "-L", "screenshots", *arguments], check=True, capture_output=True, text=True).stdout


def picture(name, command, steps, lines=LINES):
    """Runs `command`, does the steps, and draws the screen."""
    tmux("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(lines), command)
    for keys, wanted in steps:
        for key in keys:
            tmux("send-keys", *(["-l", "--", key] if len(key) > 1 and " " in key or key[0].islower() else [key]))
        for _ in range(600):
            if wanted in tmux("capture-pane", "-p"):
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{wanted!r} does not show:\n{tmux('capture-pane', '-p')}")
    time.sleep(0.3)
    screen = tmux("capture-pane", "-pe").rstrip("\n").split("\n")
    tmux("kill-server")
    with open(os.path.join(os.path.dirname(__file__), name), "w", encoding="utf-8") as file:
        file.write(svg(screen))


def svg(screen):
    width, height = COLUMNS * WIDTH + 24, len(screen) * HEIGHT + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-size="14" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace">',
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
    ]
    # A style goes on until another one, from one line to the next.
    style = {}
    for row, line in enumerate(screen):
        column = 0
        y = 12 + row * HEIGHT
        for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([0-9;]*)m", line):
            if not text:
                restyle(style, codes)
                continue
            x, span = 12 + column * WIDTH, len(text) * WIDTH
            ink = COLOURS[style["ink"]] if "ink" in style else INK
            if style.get("reversed"):
                parts.append(f'<rect x="{x:.1f}" y="{y}" width="{span:.1f}" height="{HEIGHT}" fill="{ink}"/>')
                ink = PAPER
            more = (' font-weight="bold"' if style.get("bold") else "") + (' opacity="0.6"' if style.get("dim") else "")
            if text.strip():
                parts.append(
                    f'<text x="{x:.1f}" y="{y + 13}" textLength="{span:.1f}" xml:space="preserve" fill="{ink}"{more}>'
                    f"{html.escape(text)}</text>"
                )
            column += len(text)
    return "\n".join(parts) + "\n</svg>\n"


def restyle(style, codes):
    codes = [int(code or 0) for code in codes.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 38 and codes[:1] == [5]:
            # One of 256 colours, of which the first eight are these and the next eight the bright ones.
            style["ink"] = codes[1]
            codes = codes[2:]
        elif code == 0:
            style.clear()
        elif code in (1, 2, 7):
            style[{1: "bold", 2: "dim", 7: "reversed"}[code]] = True
        elif code == 22:
            style.pop("bold", None)
            style.pop("dim", None)
        elif code == 27:
            style.pop("reversed", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style["ink"] = code % 10 + (8 if code >= 90 else 0)
        elif code == 39:
            style.pop("ink", None)


@contextlib.contextmanager
def example(name):
    """Runs an example. Gives the command of the client and the socket."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    build = os.path.join(root, "target", "debug")
    with tempfile.TemporaryDirectory() as home:
        socket = os.path.join(home, "app.manhole")
        program = subprocess.Popen(
            [os.path.join(build, "examples", name)],
            env={**os.environ, "MANHOLE_SOCKET": socket},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not os.path.exists(socket):
                time.sleep(0.05)
            yield f"env -u NO_COLOR XDG_STATE_HOME={home} {build}/manhole", socket
        finally:
            program.kill()
            program.wait()


def main():
    with example("quickstart") as (client, socket):
        picture("attach.svg", f"{client} attach {socket}", [
            ([], "quickstart admin>"),
            # What was said before would push the first lines out.
            (["C-l"], "quickstart admin>"),
            (["gizmo.count", "Enter"], "42"),
            (["gizmo.config.limit = \"many\"", "Enter"], "u32 takes an integer"),
            (["gizmo.items.filter(|item| item.id > 1)", "Enter"], "\"crucible\" }"),
            (["fn busy(x) {", "Enter", "x.count > 10 || x.config.verbose", "Enter", "} ", "Enter"], "> fn busy"),
            (["gizmo.", "Tab"], "The gizmo's name"),
        ], lines=LINES + 1)
        picture("tree.svg", f"{client} tree {socket}", [
            ([], "▸ gizmo"),
            (["Enter"], "▾ gizmo"),
            (["Down", "Down", "Down", "Down", "Down", "Enter"], "limit: 100"),
            (["Down", "Down", "Down", "Enter"], "▾ items"),
            (["Down", "Enter"], "▾ 0"),
        ])
    with example("incident") as (client, socket):
        for fault in ["spin", "get_stuck", "leak"]:
            subprocess.run([*client.split(), "eval", socket, f"faults.{fault}()"], check=True, capture_output=True)
        # What grows is known after the second look.
        picture("top.svg", f"{client} top {socket}", [([], "+"), (["Tab"], "rebuild-index")])


main()
