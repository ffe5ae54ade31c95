# SPDX-License-Identifier: MIT
"""One system on several cores: an image with a shell on four of them. What races in the kernel's core is looked for
by a test of its own (kernel/core/test/threads), under the sanitizer that sees races."""
import re
import time

import pytest
from conftest import BUILD
from machines import MACHINES, every_machine
from test_tour import FOREVER, console  # noqa: F401: a fixture

CORES = 4


def times(typed):
    """Milliseconds of CPU time by number, of all that compute for ever."""
    found = re.findall(r"^ *(\d+) +\d+ +\w+ +\d+ +(\d+) .* sqlite3$", typed.do(b"ps"), re.MULTILINE)
    return {int(number): int(spent) for number, spent in found}


@every_machine
def test_programs_run_at_the_same_time(kind, console):  # noqa: F811
    """Four that compute for ever get more time together than one core has; each is killed, wherever it is."""
    typed = console(kind, cores=CORES, memory=512)
    for _ in range(CORES):
        typed.do(FOREVER + b" &")
    start, before = time.monotonic(), times(typed)
    assert len(before) == CORES
    time.sleep(2)
    passed, after = time.monotonic() - start, times(typed)
    spent = sum(after[number] - before[number] for number in before)
    assert spent > 1.5 * 1000 * passed, (before, after, passed)
    for number in before:
        typed.do(b"kill %d" % number)
    end = time.monotonic() + 20
    while times(typed):
        assert time.monotonic() < end
    typed.type(b"poweroff\r")
    assert typed.machine.wait() == 0


@pytest.fixture
def storm_image(copper, tmp_path):
    made = tmp_path / "storm.img"
    done = copper("image", "--out", made, "--base", BUILD / "copper.img", "--add",
                  f"{BUILD / 'test/storm.wasm'}=/bin/storm.wasm")
    assert done.returncode == 0, done.stderr.decode()
    return made


STORMS = {"pc": 20_000, "virt": 30_000, "raspi3b": 30_000, "riscv64": 30_000}


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.slow)])
@every_machine
def test_a_riot_on_four_cores(times, kind, console, storm_image):  # noqa: F811
    """test/guest/storm.c: see test_processes.py. Its processes are on all cores at once."""
    name = next(name for name, other in MACHINES.items() if other is kind)
    typed = console(kind, image=storm_image, cores=CORES, memory=512)
    typed.type(b"storm %d %d; echo left with $?\r" % (times * STORMS[name], times))
    typed.until(rb"\nleft with \d+\r?\n", timeout=120 * times)  # the log may have more to say behind it
    assert re.search(rb"\nleft with 0\r?\n", typed.line.heard)
