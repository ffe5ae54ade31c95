# SPDX-License-Identifier: MIT
"""Modules that want to cost more than their size (hostile.py) run, trap or are refused, with memory
in proportion; and a trace does not choke on names."""

import os

import pytest

import hostile
from conftest import BUILD

MEMORY_KIB = 48 * 1024       # whatever the module is
MEMORY_PER_BYTE = 150        # tables, sites and records that a byte of module may take
CODE_KIB = 3 * 64 * 1024     # the most that one function's code may take in the making


@pytest.mark.parametrize("name", hostile.CASES)
def test_costs_no_more_than_its_size(name):
    maker, size, _ = hostile.CASES[name]
    output, status, size, _, memory = hostile.measure(BUILD / "host/copper", name, 2 * size)
    assert status == 0, output
    assert memory <= MEMORY_KIB + CODE_KIB + size * MEMORY_PER_BYTE / 1024


def run(copper, tmp_path, binary):
    path = tmp_path / "m.wasm"
    path.write_bytes(binary)
    return copper("run", path)


REFUSED = {
    "nesting": (lambda: hostile.nesting(1_000_000), "malformed at 0x80027 in function 0: "
                "blocks nested deeper than this implementation allows"),
    "a million locals": (lambda: hostile.one(b"", [(1_000_000, hostile.I32)]),
                         "too many locals for this implementation"),
    "2^32 - 1 locals": (lambda: hostile.one(b"", [(1, hostile.I32), (2**32 - 1, hostile.I32)]),
                        "too many locals"),
    "giant function": (lambda: hostile.one(b"\1" * 8_000_000),
                       "function body larger than this implementation allows"),
    "export twice": (lambda: hostile.exports_twice(1000), "duplicate export name (export 1000)"),
    "a type of many parameters": (
        lambda: hostile.PREAMBLE + hostile.section(1, hostile.vector(
            [hostile.function_type([hostile.I32] * 1001)])),
        "more values than this implementation allows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_its_offset(name, copper, tmp_path):
    maker, text = REFUSED[name]
    done = run(copper, tmp_path, maker())
    message = done.stderr.decode()
    assert done.returncode != 0 and text in message
    assert "malformed at 0x" in message or "invalid at 0x" in message


def program(entries):
    """Traps at once in _start; with this name section."""
    names = b"\1" + hostile.leb(len(entries)) + entries
    return (hostile.PREAMBLE + hostile.section(1, hostile.vector([hostile.function_type()]))
            + hostile.section(3, hostile.vector([b"\0"])) + hostile.section(5, b"\1\0\1")
            + hostile.section(7, hostile.vector([b"\6_start\0\0", b"\6memory\2\0"]))
            + hostile.section(10, hostile.vector([hostile.body(b"\0")]))
            + hostile.section(0, b"\4name" + names))


NAMES = {
    "last of many, out of order": (hostile.leb(1_000_001) + b"".join(
        hostile.leb(1_000_000 - i) + b"\4name" for i in range(1_000_000)) + b"\0\4last", "last"),
    "twice": (b"\2\0\1a\0\1b", "a"),
    "count without end": (b"\xff\xff\xff\xff\x0f\0\1a", "a"),
    "longer than the section": (b"\1\0\xff\xff\xff\xff\x0fa", "_start"),
    "very long": (b"\1\0" + hostile.leb(5_000_000) + b"x" * 5_000_000, "x" * 50),
    "not UTF-8": (b"\1\0\2\xff\xff", "_start"),
}


@pytest.mark.parametrize("name", NAMES)
def test_trace_with_hostile_names(name, copper, tmp_path):
    entries, shown = NAMES[name]
    done = run(copper, tmp_path, program(entries))
    message = done.stderr.decode()
    assert done.returncode == 134 and len(message) < 1000
    assert f"at #0 {shown}" in message
