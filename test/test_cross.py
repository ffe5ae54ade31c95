# SPDX-License-Identifier: MIT
"""The host port on the other CPUs, under qemu-user: the unit tests that run code, a part of the
specification's scripts in both memory modes, of the WASI suite, of the programs and of the fuzzer.
`make test-all` runs all of the scripts there.

Each command runs few scripts: an emulated process pays 50 ms and much memory for each 8 GiB that it
reserves."""

import os
import re
import sys

import pytest

import test_programs
import test_wasi
from conftest import BUILD, PROGRAMS, ROOT, run

CPUS = sorted(path.name.removeprefix("host-") for path in BUILD.glob("host-*"))
UNIT_TESTS = ["engine/compile/test/run_test", "engine/compile/test/tail_test",
              "engine/compile/test/overflow_test", "engine/compile/test/far_test",
              "engine/compile/test/switch_test", "engine/compile/test/preempt_test",
              "engine/target/{cpu}/test/sample_test",
              "engine/target/{cpu}/test/step_test", "host/port/test/port_test"]
SCRIPTS = ["address", "align", "br", "bulk", "call", "call_indirect", "conversions", "endianness", "f32",
           "f32_bitwise", "f32_cmp", "f64", "f64_cmp", "float_exprs", "float_memory", "float_misc", "i32",
           "i64", "int_exprs", "labels", "local_tee", "loop", "memory_copy", "memory_fill", "memory_init",
           "memory_trap", "return_call_indirect", "select", "skip-stack-guard-page", "stack", "switch",
           "table_copy", "traps", "unwind"]

every_cpu = pytest.mark.parametrize("cpu", CPUS)


@pytest.fixture
def emulated():
    """emulated(CPU)("run", "x.wasm", ...): the command of that CPU, run to its end."""
    def start(cpu):
        return lambda *words, **options: run(
            [f"qemu-{cpu}", BUILD / f"host-{cpu}/copper", *words], **options)
    return start


@every_cpu
@pytest.mark.parametrize("program", UNIT_TESTS)
def test_unit(cpu, program):
    done = run([f"qemu-{cpu}", BUILD / f"host-{cpu}" / program.format(cpu=cpu)])
    assert done.returncode == 0, done.stderr.decode()
    assert re.search(rb": [1-9]\d* passed, 0 failed", done.stdout)


@pytest.fixture
def scripts(specification):
    """The scripts of those names: they stand in groups."""
    found = {path.stem: path for path in specification if path.parent.parent.name in ("core", "tail-call")}
    return [found[name] for name in SCRIPTS]


@pytest.mark.parametrize("mode", ["guard", "checked"])
@every_cpu
def test_specification(cpu, mode, emulated, scripts):
    passed = 0
    for at in range(0, len(scripts), 7):
        done = emulated(cpu)("spec", "--memory-mode", mode, *scripts[at:at + 7])
        match = re.search(rb"(\d+) passed, 0 failed", done.stdout)
        assert done.returncode == 0 and match, (done.stdout + done.stderr).decode()
        passed += int(match[1])
    assert passed > 10_000


@test_wasi.needs_modules
@every_cpu
@pytest.mark.parametrize("module", test_wasi.MODULES[::6] or [None], ids=str)
def test_wasi_suite(cpu, module, emulated, tmp_path):
    expected = test_wasi.expectation(module)
    done = emulated(cpu)("run", *test_wasi.command(module, expected, tmp_path))
    test_wasi.judge(test_wasi.name_of(module), test_wasi.problem(done, expected))


@every_cpu
@pytest.mark.parametrize("name", ["tour", "sqlite", "rust", "c++", "assemblyscript"])
def test_program(cpu, name, emulated, copper, tmp_path):
    """Prints what it prints on this machine's CPU, which is compared with V8 elsewhere."""
    case = test_programs.CASES[name]
    outputs = []
    for place, command in (("here", copper), ("there", emulated(cpu))):
        folder = tmp_path / place
        folder.mkdir()
        done = command("run", *case.on_linux(folder), stdin=case.stdin)
        assert done.returncode == case.status, done.stderr.decode()
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert all(part in outputs[1] for part in case.shows)


@every_cpu
@pytest.mark.parametrize("how", ["divide", "reach", ""])
def test_trap_is_told_with_names(cpu, how, emulated, copper):
    words = ["run", PROGRAMS / "trap.wasm", *filter(None, [how])]
    here, there = copper(*words), emulated(cpu)(*words)
    assert there.returncode == here.returncode == 134
    assert there.stderr == here.stderr


@every_cpu
@pytest.mark.parametrize("generator", [["--own"], []], ids=["own", "wasm-opt"])
def test_computes_what_v8_does(cpu, generator, tmp_path):
    command = tmp_path / "copper"
    command.write_text(f'#!/bin/sh\nexec qemu-{cpu} {BUILD}/host-{cpu}/copper "$@"\n')
    command.chmod(0o755)
    done = run([sys.executable, ROOT / "test/fuzz/differential.py", "--copper", command, "--node",
                BUILD / "tools/node", *generator, "--seed", 1, "--count", 12], timeout=1200)
    output = done.stdout.decode()
    assert done.returncode == 0, output + done.stderr.decode()
    assert int(re.search(r"(\d+) passed, 0 failed", output)[1]) >= 10


def test_every_cpu_is_there():
    """Besides this machine's own, all that the host port has a folder for."""
    folders = {path.parent.name for path in (ROOT / "host/port/arch").glob("*/target.c")}
    assert set(CPUS) == folders - {os.uname().machine}
