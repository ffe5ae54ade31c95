# SPDX-License-Identifier: MIT
"""Memory on running machines: translations are gone on all cores before frames are used again, and
the debug build (kernel-checking.elf) finds misuse. kernel/start/probe.c tests from inside."""

import re

import pytest

from conftest import BUILD
from machines import MACHINES, every_machine

KERNELS = ("kernel.elf", "kernel-checking.elf")
PAGES, CROWD_ROUNDS = 1080, 20  # probe.c


def found(kernel, pattern):
    match = re.search(pattern, kernel.serial(), re.MULTILINE)
    assert match, kernel.serial()
    return tuple(int(number) for number in match.groups())


@pytest.mark.parametrize("kind, cores", [
    pytest.param(kind, cores, id=f"{name}-{cores}") for name, kind in MACHINES.items()
    for cores in ([kind.cores] if kind.cores else (1, 2, 4))])
@pytest.mark.parametrize("which", KERNELS)
def test_probe(boot, kind, cores, which):
    """No core ever reads through a translation that is gone, and what all cores do at once with heap,
    frames and pages comes out right and comes back."""
    kernel = boot("after=poweroff\ntest=memory\npanic=poweroff\n", cores=cores, memory=96, kernel=which)
    assert kernel.wait() == 0
    pages, moved, stale = found(kernel, r"probe: (\d+) pages, (\d+) moved, (\d+) stale$")
    assert (pages, stale) == (PAGES, 0) and moved > PAGES / 2
    assert found(kernel, r"crowd: (\d+) rounds on (\d+) cores, (\d+) spoilt, (\d+) promised$") == (
        CROWD_ROUNDS, cores, 0, 0)
    before, after = found(kernel, r"crowd: (\d+) KiB free before, (\d+) after$")
    assert before - 256 <= after <= before + 256  # books of ranges stay


@every_machine
def test_stale_translation(boot, kind):
    """Core 1 has seen a page; core 0 takes it away and uses its frame anew. Then core 1 faults."""
    kernel = boot("test=stale\npanic=poweroff\n", cores=4)
    assert kernel.wait() == 0
    told = kernel.serial()
    page, = re.search(r"stale: page ([0-9a-f]{16}) is gone", told).groups()
    assert re.search(rf"^Guru Meditation: page fault: read at {page}, not mapped", told,
                     re.MULTILINE), told
    assert re.search(r"^Core 1 of 4,", told, re.MULTILINE), told
    assert re.search(r"^  [0-9a-f]{16}  probe_read\+0x", told, re.MULTILINE), told
    assert "stale: core" not in told


@pytest.mark.parametrize("cache", [0, 32])
@pytest.mark.parametrize("program, again, words", [("hello", 30, []),
                                                   ("sqlite3", 4, [":memory:", "select 6*7"])])
def test_runs_give_back_what_they_took(copper, cache, program, again, words):
    """One engine in the kernel runs a program again and again. Without a cache all its code goes and comes
    anew; with one nothing is compiled twice. From the third run on, when regions are kept, as many frames are free
    after each."""
    done = copper("boot", "--log", "--set", f"again={again}", "--set", f"cache={cache}",
                  BUILD / f"wasm32/{program}.wasm", *words)
    assert done.returncode == 0, done.stderr.decode()
    runs = re.findall(r"run (\d+): compiled (\d+) functions, .*; (\d+) frames are free",
                      done.stderr.decode())
    assert [int(number) for number, _, _ in runs] == list(range(again + 1))
    compiled = [int(functions) for _, functions, _ in runs]
    assert compiled[0] > 0 and set(compiled[1:]) == ({0} if cache else {compiled[0]})
    assert len({free for _, _, free in runs[2:]}) == 1, runs
