# SPDX-License-Identifier: MIT
"""Processes that programs make and mind: abi/process.h, through compiled code, on Linux and booted."""

import pytest
from conftest import BUILD, run


@pytest.mark.parametrize("command", [("run",)] + [("boot", "--cpu", cpu) for cpu in ("x86_64", "aarch64", "riscv64")],
                         ids=lambda command: command[-1])
def test_guardian_sees_what_the_interface_says(command, copper):
    """test/guest/guardian.c leaves with the line of what was not as it should be. Among others: loops that never
    end share the core with a program that does and with a deadline, and can be killed; a handler's turn has a limit."""
    done = copper(*command, BUILD / "test" / "guardian.wasm")
    told = done.stderr.decode()
    assert done.returncode == 0, told
    assert "ends: trap: unreachable" in told
    assert "at #0 command (func " in told
    assert told.count("slow: trap: turn took too long") == 2, told  # once in its own code, once in gates, without a place
    assert "slow:   at #0 handle (func " in told


@pytest.mark.parametrize("mode", ["guard", "checked"])
def test_memories_of_children_are_of_either_mode(mode, copper):
    done = copper("run", "--memory-mode", mode, BUILD / "test" / "guardian.wasm")
    assert done.returncode == 0, done.stderr.decode()


HOST, SANITIZED = BUILD / "host/copper", BUILD / "san/copper"
STORMS = [(1, 1_000_000, HOST, "run"), (2, 300_000, SANITIZED, "run"),
          (3, 500_000, HOST, "boot"), (4, 100_000, HOST, "boot", "--cpu", "aarch64"),
          (5, 100_000, HOST, "boot", "--cpu", "riscv64"), (6, 100_000, HOST, "boot", "--set", "memory=checked")]
LONG_STORMS = [(7, 10_000_000, SANITIZED, "run"), (8, 10_000_000, HOST, "boot"),
               (9, 2_000_000, HOST, "boot", "--cpu", "aarch64"), (10, 2_000_000, HOST, "boot", "--cpu", "riscv64")]


@pytest.mark.parametrize("seed, calls, copper, command", [
    *[(*storm[:3], storm[3:]) for storm in STORMS],
    *[pytest.param(*storm[:3], storm[3:], marks=pytest.mark.slow) for storm in LONG_STORMS]])
def test_others_are_unharmed_by_a_riot(seed, calls, copper, command):
    """test/guest/storm.c: processes that enter gates at random, trap, loop, recurse, grow, die holding whatever there
    is and are killed, while a client and its server, whom they ask, too, go on without one wrong answer."""
    done = run([copper, *command, BUILD / "test" / "storm.wasm", calls, seed], timeout=600)
    told = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
    assert done.returncode == 0, told[-4000:]
    assert "trap: call stack exhausted" in told or calls < 1_000_000
    assert "rioter: trap: bad pointer" in told or calls < 500_000
