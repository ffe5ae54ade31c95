# SPDX-License-Identifier: MIT
"""The default image, typed at over its serial line on every machine, and what a PC's screen shows meanwhile."""
import re
import shutil
import tempfile
import time

import pytest

from conftest import BUILD
from machines import every_machine
from screen import Monitor
from test_drivers import Line

PROMPT = rb"copper> $"
FOREVER = b"sqlite3 :memory: 'with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) from c'"


class Console:
    """The default image, or another, on a machine, and somebody at its serial line."""

    def __init__(self, machine, kind, folder, *arguments, image=BUILD / "copper.img", **sizes):
        shutil.copyfile(image, folder / "disk")
        self.line = Line()
        self.machine = machine("-serial", "chardev:typed", "-chardev", f"serial,id=typed,path={self.line.path}",
                               *kind.arguments(folder / "disk", **sizes), *kind.screen, *arguments, program=kind.program)
        self.until(PROMPT)

    def alive(self):
        return self.machine.process.poll() is None

    def until(self, pattern, timeout=60):
        self.line.expect(pattern, self.alive, timeout)

    def type(self, keys):
        self.line.heard = b""
        self.line.type(keys)

    def do(self, line, timeout=60):
        """What the line prints."""
        self.type(line + b"\r")
        self.until(PROMPT, timeout)
        text = self.line.heard.decode().replace("\r", "")
        return text[text.index("\n") + 1:text.rindex("copper> ")]


@pytest.fixture
def console(machine, tmp_path):
    made = []

    def start(kind, *arguments, **options):
        made.append(Console(machine, kind, tmp_path, *arguments, **options))
        return made[0]

    yield start
    for each in made:
        each.line.close()


def number_of(console, name):
    return re.search(rf"^ +(\d+) .* {name}$", console.do(b"ps"), re.MULTILINE)[1]


@every_machine
def test_tour(console, kind):
    """Programs, pipes, files, what runs for ever and is ended, servers that are killed: as under Linux."""
    typed = console(kind)
    assert typed.do(b"echo one | cat && sqlite3 :memory: 'select 6 * 7'") == "one\n42\n"
    assert typed.do(b"ls /help > /tmp/pages; cat /tmp/pages | cat").startswith("cat.txt\n")
    typed.type(FOREVER + b"\r")
    typed.until(rb"from c'\r\n")
    time.sleep(0.5)  # it runs
    typed.type(b"\x03")
    typed.until(PROMPT)
    assert typed.do(b"echo $?") == "130\n"
    assert "restarted" in typed.do(b"kill " + number_of(typed, "random").encode() + b"; log")
    assert typed.do(b"sqlite3 :memory: 'select length(randomblob(9))'") == "9\n"
    typed.type(b"exit\r")
    assert typed.machine.wait() == 0


def test_pictures(console):
    """On a PC's screen: the shell; `top` beside a program that runs for ever; a driver, of the very line that this
    is typed at, killed and restarted, while that program goes on."""
    from machines import MACHINES
    with tempfile.TemporaryDirectory(prefix="copper-") as folder:
        monitor = Monitor(folder)
        typed = console(MACHINES["pc"], *monitor.arguments)
        typed.do(b"help")
        typed.do(b"ls -l /demo; sqlite3 :memory: 'select 6 * 7' | cat > /tmp/answer; cat /tmp/answer")
        monitor.screen_with("42\ncopper>").save("shell")
        typed.do(FOREVER + b" &")
        typed.type(b"top\r")
        typed.until(rb" \d\d+\.\d .*sqlite3")
        typed.until(rb"q: quit(.|\r|\n)*q: quit")
        assert not re.search(rb" \d{4,}\.\d ", typed.line.heard)
        monitor.screen_with("q: quit").save("top")
        typed.type(b"q")
        typed.until(PROMPT)
        serial = number_of(typed, "serial").encode()
        typed.type(b"kill " + serial + b"\r")
        time.sleep(2)
        typed.type(b"\r")
        typed.until(PROMPT)
        typed.do(b"log | cat")
        assert re.search(rf"^ +{serial.decode()} .* 1  serial$", typed.do(b"ps"), re.MULTILINE)
        monitor.screen_with("serial is restarted").save("restart")
        typed.type(b"poweroff\r")
        assert typed.machine.wait() == 0
