# SPDX-License-Identifier: MIT
"""The kernel when it breaks: CONFIG's fault= makes it, and serial 0 must tell what and where."""

import re

import pytest

from conftest import BUILD


FAULTS = {
    "null": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "ud": (r"invalid opcode", "fault_illegal"),
    "stack": (r"page fault: kernel stack overflow", "fault_stack"),
    "text": (r"page fault: write at [0-9a-f]{16}, not permitted", "fault_text"),
    "execute": (r"page fault: execution at [0-9a-f]{16}, not permitted", "fault_execute"),
    "ensure": (r"ensure\(one == 2\) failed at fault\.c:\d+", "fault_ensure"),
    "alias": (r"page [0-9a-f]{16} is writable, and executable there or elsewhere", "fault_alias"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(boot, fault):
    """Reason, registers, the guilty function's name, the log; then the machine is off."""
    reason, function = FAULTS[fault]
    kernel = boot(f"fault={fault}\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(rf"^Guru Meditation: {reason}", told, re.MULTILINE), told
    assert re.search(rf"^  [0-9a-f]{{16}}  {function}\+0x", told, re.MULTILINE), told
    assert fault in ("ensure", "alias") or re.search(r"^rip [0-9a-f]{16}", told, re.MULTILINE), told
    assert re.search(r"^Log:\n  \[.*info start: Copper, build [0-9a-f]{16}$", told, re.MULTILINE), told
    assert told.rstrip().endswith("End of meditation."), told
    assert told.count("Guru Meditation") == 1, told


def test_panic_within_a_panic(boot):
    """It is told too, and the machine still does what panic= says."""
    kernel = boot("fault=twice\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^Guru Meditation: invalid opcode", told, re.MULTILINE), told
    assert re.search(r"^Guru Meditation within it: page fault: write", told, re.MULTILINE), told
    assert re.search(r"^  [0-9a-f]{16}  fault_null\+0x", told, re.MULTILINE), told


def hello():
    return [("sys/wasi_snapshot_preview1.wasm",
             (BUILD / "user/wasi_snapshot_preview1.wasm").read_bytes()),
            ("bin/hello.wasm", (BUILD / "wasm32/hello.wasm").read_bytes())]


def test_page_tables(boot):
    """Walked whole, before there is compiled code and after: nothing is writable and executable."""
    kernel = boot("start=bin/hello.wasm\nlog=debug\nafter=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    walks = re.findall(r"debug mem: W\^X holds: (\d+) pages executable, (\d+) others writable", told)
    assert len(walks) == 2 and "copper: exit 0" in told, told
    before, after = (int(executable) for executable, _ in walks)
    assert 0 < before < after, told


@pytest.mark.parametrize("fault, why", [("code", "not permitted"), ("direct", "not mapped"),
                                        ("window", "not mapped")])
def test_code_has_no_writable_alias(boot, fault, why):
    """Compiled code is written to: where it runs, in the direct map, and through the window."""
    kernel = boot(f"start=bin/hello.wasm\nfault={fault}\npanic=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(rf"^Guru Meditation: page fault: write at [0-9a-f]{{16}}, {why}", told,
                     re.MULTILINE), told
    assert re.search(rf"^  [0-9a-f]{{16}}  fault_{fault}\+0x", told, re.MULTILINE), told


def test_panic_in_a_gate(boot):
    """The trace goes on into the program that called the gate, with its own names."""
    kernel = boot("start=bin/hello.wasm\nfault=gate\npanic=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^  [0-9a-f]{16}  process_call\+0x", told, re.MULTILINE), told
    program = told[told.index("\nProgram:\n"):told.index("\nLog:\n")]
    assert re.search(r"^  puts \(function \d+, offset 0x", program, re.MULTILINE), told
    assert re.search(r"^  _start ", program, re.MULTILINE), told


@pytest.mark.parametrize("action", ["halt", "reboot"])
def test_panic_action(boot, action):
    """Halted the machine stays on; rebooted it ends, for QEMU runs with -no-reboot."""
    kernel = boot(f"fault=null\npanic={action}\n")
    kernel.expect(r"End of meditation\.")
    if action == "reboot":
        assert kernel.wait() == 0
    else:
        assert kernel.process.poll() is None


@pytest.mark.parametrize("arguments", [["-smp", "4"], ["-M", "q35"], ["-m", "64"], ["-m", "5000"],
                                       ["-cpu", "max"]], ids=" ".join)
def test_machines(boot, arguments):
    """No program is a refusal that is told and counted as exit 1, on every kind of machine."""
    kernel = boot("start=app/none.wasm\nafter=poweroff\n", *arguments)
    assert kernel.wait() == 0
    assert "start=app/none.wasm: not in the initrd" in kernel.serial()
    assert re.search(r"^copper: exit 1$", kernel.serial(), re.MULTILINE)


def test_log_goes_where_config_says(boot):
    """Levels drop lines; the exit code is told all the same, and on the log's port."""
    kernel = boot("start=none\nafter=poweroff\nlogto=serial1\nlog=error\n", ports=2)
    assert kernel.wait() == 0
    assert "copper: exit 1" in kernel.serial(1) and " info " not in kernel.serial(1)
    assert "copper: exit" not in kernel.serial(0)


def test_after_halt(boot):
    """after= unsaid: the machine stays on."""
    kernel = boot("start=none\n")
    kernel.expect(r"info start: halted")
    assert kernel.process.poll() is None
