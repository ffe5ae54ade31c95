# SPDX-License-Identifier: MIT
"""Processes that programs make and mind: abi/process.h, through compiled code, on Linux and booted."""

import pytest
from conftest import BUILD


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
