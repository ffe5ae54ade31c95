# SPDX-License-Identifier: MIT
"""All cores of a machine: they come up, answer one another, take work, tell one time, sleep by their
own alarms, and stop. The kernel tests itself (test= in CONFIG, kernel/start/selftest.c) and says what
it counted. So with every clock and interrupt controller that a PC may have."""

import contextlib
import re
import socket as socketlib

import pytest

from machines import MACHINES, every_machine

CORES = (1, 2, 4, 8)
CALLS = 800  # selftest.c; of all cores together
POSTS = 200
READINGS = 20000
ALARMS = 5


def found(kernel, pattern):
    match = re.search(pattern, kernel.serial(), re.MULTILINE)
    assert match, kernel.serial()
    return tuple(int(number) for number in match.groups())


# With each number of cores that a machine may have.
every_number = pytest.mark.parametrize("kind, cores", [
    pytest.param(kind, cores, id=f"{name}-{cores}") for name, kind in MACHINES.items()
    for cores in ([kind.cores] if kind.cores else CORES)])


@every_number
def test_calls_and_posts(boot, kind, cores):
    """Every core has every other one called, thousands of times, all at once, every second time with
    interrupts masked; then each takes work in turn, and refuses it while it has some."""
    kernel = boot("after=poweroff\npanic=poweroff\ntest=cores\n", cores=cores)
    assert kernel.wait() == 0
    assert found(kernel, r"core: (\d+) of (\d+) cores run") == (cores, cores)
    brought = re.search(r"the loader brought (\d+)$", kernel.serial(), re.MULTILINE)
    assert (brought is None) == (kind.cpu == "aarch64") and (not brought or int(brought[1]) == cores)
    assert found(kernel, r"calls: (\d+) returned, made (\d+) times$") == (CALLS, CALLS * (cores - 1))
    assert found(kernel, r"posts: (\d+) ran, (\d+) refused$") == (POSTS * (cores - 1), cores)


@every_machine
def test_one_core_is_enough(boot, kind):
    """nosmp= keeps both the loader and the kernel from starting others."""
    kernel = boot("after=poweroff\npanic=poweroff\nnosmp=1\ntest=cores\n", cores=2)
    assert kernel.wait() == 0
    assert found(kernel, r"calls: (\d+) returned, made (\d+) times$") == (CALLS, 0)
    assert "cores run" not in kernel.serial()


@every_number
def test_stop(boot, kind, cores):
    """Cores that spin are stopped, those with interrupts masked as well; but for riscv64, where no
    interrupt reaches a hart that masks them: there those stop that wait as locks do (core 3, 7 and so on), and
    those that do not, core 1 and every fourth from there, go on."""
    kernel = boot("after=poweroff\npanic=poweroff\ntest=stop\n", cores=cores)
    assert kernel.wait() == 0
    assert found(kernel, r"stop: (\d+) of (\d+) still spin$") == (
        (cores + 2) // 4 if kind.cpu == "riscv64" else 0, cores - 1)


@every_number
def test_time(boot, kind, cores):
    """No core reads less than another has read before; every core's alarm wakes it."""
    kernel = boot("after=poweroff\npanic=poweroff\ntest=clock\n", cores=cores)
    assert kernel.wait() == 0
    assert found(kernel, r"clock: (\d+) readings, (\d+) went back, (\d+) alarms$") == \
        (cores * READINGS, 0, cores * ALARMS)


# What QEMU is asked for; CONFIG; the clock that is found, and what interrupts come by.
MACHINES = [
    (["-smp", 4], "", "HPET", "I/O APIC"),
    (["-smp", 1], "", "HPET", "I/O APIC"),
    (["-smp", 4, "-M", "q35"], "", "HPET", "I/O APIC"),
    (["-smp", 4, "-cpu", "qemu64,-tsc"], "", "HPET", "I/O APIC"),
    (["-smp", 4, "-cpu", "max"], "", "HPET", "I/O APIC"),
    (["-smp", 2, "-machine", "hpet=off"], "", "ACPI timer", "I/O APIC"),
    (["-smp", 1, "-machine", "acpi=off"], "", "interval timer", "8259"),
    (["-smp", 4], "clock=tsc", "time-stamp counter", "I/O APIC"),
    (["-smp", 4], "clock=pm", "ACPI timer", "I/O APIC"),
    (["-smp", 4], "clock=pit", "interval timer", "I/O APIC"),
    (["-smp", 2, "-M", "q35"], "clock=pit\ninterrupts=legacy", "interval timer", "8259"),
    (["-smp", 2, "-machine", "hpet=off"], "clock=hpet", "ACPI timer", "I/O APIC"),
]


@pytest.mark.parametrize("arguments, config, clock, controller", MACHINES,
                         ids=[f"{' '.join(map(str, m[0]))} {m[1]}".split("\n")[0] for m in MACHINES])
def test_clocks_of_a_pc(boot, arguments, config, clock, controller):
    """The same by each clock that a PC may have."""
    kernel = boot(f"after=poweroff\nlog=debug\n{config}\ntest=clock\n", *arguments)
    kernel.expect(r"^copper: exit 1$")  # without ACPI it cannot switch itself off
    cores = arguments[1]
    assert found(kernel, r"clock: (\d+) readings, (\d+) went back, (\d+) alarms$") == \
        (cores * READINGS, 0, cores * ALARMS)
    told = kernel.serial()
    assert f"info timer: {clock} at " in told, told
    assert f"debug interrupt: lines by {controller}\n" in told, told
    assert ("no clock hpet" in told) == (config == "clock=hpet"), told


@pytest.mark.parametrize("arguments, config, controller", [
    ([], "", "I/O APIC"), (["-M", "q35", "-smp", 4], "", "I/O APIC"), ([], "interrupts=legacy", "8259"),
    (["-M", "q35"], "interrupts=legacy", "8259"), (["-machine", "acpi=off"], "", "8259")])
def test_lines(boot, arguments, config, controller):
    """A device's interrupts come, by line 0: its way into the I/O APIC is one that ACPI overrides."""
    kernel = boot(f"after=poweroff\nlog=debug\n{config}\ntest=line\n", *arguments)
    kernel.expect(r"^copper: exit 1$")  # without ACPI it cannot switch itself off
    assert f"debug interrupt: lines by {controller}\n" in kernel.serial()
    assert found(kernel, r"line: (\d+) ticks$")[0] >= 10


@pytest.mark.parametrize("machine_kind", ["pc", "q35"])
def test_level(boot, machine_kind):
    """A line by level comes once per reason: its end is told when the handler has quieted it."""
    kernel = boot("after=poweroff\ntest=level\n", "-M", machine_kind)
    assert kernel.wait() == 0
    assert found(kernel, r"level: (\d+) came, (\d+) without a reason$") == (2, 0)


@every_machine
def test_panic_stops_the_others(boot, kind):
    """A panic of one core is told, by it alone, though the others spin with interrupts masked."""
    kernel = boot("panic=poweroff\ntest=panic\n", cores=4)
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^Guru Meditation: core 3 breaks on purpose$", told, re.MULTILINE), told
    assert told.count("Guru Meditation") == 1 and told.rstrip().endswith("End of meditation."), told


def test_foreign_nmi(boot, tmp_path):
    """One that nobody sent to stop a core is told, not taken for the end of another's panic."""
    socket = tmp_path / "monitor"
    kernel = boot("panic=poweroff\n", "-smp", 2, "-monitor", f"unix:{socket},server,nowait")
    kernel.expect(r"info start: halted")
    with contextlib.closing(socketlib.socket(socketlib.AF_UNIX)) as monitor:
        monitor.connect(str(socket))
        monitor.sendall(b"nmi\n")
        assert kernel.wait() == 0
    assert re.search(r"^Guru Meditation: non-maskable interrupt", kernel.serial(), re.MULTILINE)
