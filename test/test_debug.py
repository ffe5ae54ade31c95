# SPDX-License-Identifier: MIT
"""What `make debug` starts: gdb on a machine, with the kernel's and the program's functions in one
backtrace. Compared with what the same program's trap is told as, and with the sources."""

import re

import pytest
from conftest import BUILD, ROOT, run

KERNEL = BUILD / "x86_64" / "kernel.debug.elf"


@pytest.fixture
def backtrace(copper, tmp_path):
    """backtrace(PROGRAM, FUNCTION): the lines of `bt` where the kernel first gets to the function."""

    def debug(program, function):
        disk = tmp_path / "disk.img"
        made = copper("image", "--out", disk, "--base", BUILD / "copper.img", "--add",
                      f"{BUILD / 'wasm32' / program}.wasm=/bin/program.wasm", "--set",
                      "start=bin/program.wasm", "--set", "after=poweroff")
        assert made.returncode == 0, made.stderr.decode()
        done = run([ROOT / "tools" / "debug", disk, KERNEL, "-batch", "-nx", "-iex",
                    "set pagination off", "-iex", "set width 0", "-ex", f"break {function}", "-ex",
                    "continue", "-ex", "bt", "-ex", "kill"])
        told = done.stdout.decode() + done.stderr.decode()
        assert "Python Exception" not in told, told
        frames = re.findall(r"^#(\d+) +(.*)$", told, re.MULTILINE)
        assert [int(number) for number, _ in frames] == list(range(len(frames))), told
        return [frame for _, frame in frames]

    return debug


def called(frames):
    """The functions, outermost last."""
    return [re.match(r"(?:0x[0-9a-f]+ in )?([^ ]*)", frame)[1] for frame in frames]


def program_of(frames):
    """Of compiled code: (function, its number, the offset in the module)."""
    found = (re.search(r"([^ ]+) \[wasm function (\d+), offset (0x[0-9a-f]+)\]", frame)
             for frame in frames)
    return [match.groups() for match in found if match]


def test_break_in_a_gate(backtrace):
    """From a server of the kernel through the gate and the program to who started it."""
    frames = backtrace("hello", "line_write")
    names = called(frames)
    gate, entry = names.index("gate_call"), names.index("<entry>")
    assert names[0] == "line_write" and names[gate + 1] == "<gate>", frames
    program = program_of(frames)
    assert len(program) == entry - gate - 2
    assert [name for name, _, _ in program if name in ("puts", "_start")] == ["puts", "_start"]
    assert "program_finish" in names[entry:] and names[-1] == "run", frames
    for frame in frames[:gate + 1] + frames[entry + 1:]:
        assert re.search(r" at (kernel|engine|user)/\S+\.[ch]:\d+$", frame), frame


def test_break_in_an_exception(backtrace, copper):
    """The frames of a program that traps are those that `copper run` tells, to the byte."""
    frames = backtrace("trap", "context_fault")
    names = called(frames)
    assert "trap_handle" in names and names.index("<signal") < names.index("<entry>"), frames
    assert "program_finish" in names and names[-1] == "run", frames
    told = copper("run", BUILD / "wasm32" / "trap.wasm").stderr.decode()
    expected = re.findall(r"at #\d+ (\S+) \(func (\d+)\) \+(0x[0-9a-f]+)", told)
    assert program_of(frames) == expected and len(expected) > 4, frames
