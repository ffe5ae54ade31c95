# SPDX-License-Identifier: MIT
"""aarch64 machines, a Raspberry Pi 3 and QEMU's virt: all ways to boot, one core and four, cores among
themselves, the kernel's panics. What is known to fail, and why, is in aarch64-expected-failures.txt:
such a test must fail."""

import pathlib
import re

import pytest
from conftest import BUILD, PROGRAMS, ROOT
from screen import Monitor

EXPECTED = {line.split("#")[0].strip() for line in
            (ROOT / "test" / "aarch64-expected-failures.txt").read_text().splitlines()} - {""}
AAVMF = pathlib.Path("/usr/share/AAVMF/AAVMF_CODE.fd")
LOADER = BUILD / "aarch64" / "loader.img"
VIRT = ("-M", "virt", "-cpu", "cortex-a53")


@pytest.fixture(autouse=True)
def expected(request):
    if request.node.name in EXPECTED:
        request.applymarker(pytest.mark.xfail(strict=True))


@pytest.fixture
def disk(copper, tmp_path):
    """disk(KEY=value..., files=(FILE=NAME, ...)): an image of hello with these lines in CONFIG."""
    def make(files=(), **keys):
        path = tmp_path / "disk"
        lines = [word for key, value in {"after": "poweroff", "panic": "poweroff", **keys}.items()
                 for word in ("--set", f"{key}={value}")]
        made = copper("image", "--out", path, "--base", BUILD / "copper.img", "--add",
                      f"{PROGRAMS / 'hello.wasm'}=/bin/hello.wasm", "--set", "start=bin/hello.wasm",
                      "--set", "arguments=", *lines, *(word for file in files for word in ("--add", file)))
        assert made.returncode == 0, made.stderr.decode()
        return path
    return make


@pytest.fixture(params=["virt", "virt-gic3", "raspi3b"])
def start(request, machine):
    """start(DISK, OPTION..., cores=4): the machine with this disk. (A Raspberry Pi always has four.)"""
    def virt(disk, *options, cores=4, ports=1):
        return machine(*VIRT, "-kernel", LOADER, "-smp", cores, "-drive",
                       f"file={disk},if=virtio,format=raw", *options, ports=ports,
                       program="qemu-system-aarch64")

    def virt_gic3(disk, *options, **others):
        return virt(disk, "-M", "gic-version=3", *options, **others)

    def raspi3b(disk, *options, ports=1):
        return machine("-M", "raspi3b", "-kernel", LOADER, "-drive",
                       f"file={disk},if=sd,format=raw", *options, ports=ports,
                       program="qemu-system-aarch64")
    return {"virt": virt, "virt-gic3": virt_gic3, "raspi3b": raspi3b}[request.param]


def ended(made, told="copper: exit 0"):
    assert made.wait() == 0
    serial = made.serial()
    assert told in serial, serial
    return serial


def test_hello(start, disk):
    """All cores come up, pages are written or executed, a program runs, the machine is off."""
    told = ended(start(disk(log="debug")))
    assert "4 of 4 cores run" in told and "Hello from WebAssembly." in told, told
    assert len(re.findall(r"W\^X holds: \d+ pages executable", told)) == 2, told


def test_one_core(machine, disk):
    made = machine(*VIRT, "-kernel", LOADER, "-drive", f"file={disk()},if=virtio,format=raw",
                   program="qemu-system-aarch64")
    assert "1 of 1 cores run" in ended(made)


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("acpi", ["on", "off"])
@pytest.mark.parametrize("cores", [1, 4])
def test_uefi(machine, disk, acpi, cores, gic):
    """The machine by ACPI, or by a device tree; either interrupt controller."""
    made = machine("-M", f"virt,acpi={acpi},gic-version={gic}", "-cpu", "cortex-a53", "-smp", cores, "-bios", AAVMF,
                   "-device", "ramfb", "-drive", f"file={disk(log='debug')},if=virtio,format=raw",
                   program="qemu-system-aarch64")
    told = ended(made)
    assert f"lines by GICv{gic}" in told, told
    assert f"{cores} of {cores} cores run" in told and "Hello from WebAssembly." in told, told
    assert re.search(r"display: \d+x\d+ pixels", told), told


def test_cores(start, disk):
    told = ended(start(disk(test="cores")))
    assert "calls: 800 returned, made 2400 times" in told, told
    assert "posts: 600 ran, 4 refused" in told, told


def test_clock(start, disk):
    told = ended(start(disk(test="clock")))
    assert "clock: 80000 readings, 0 went back, 20 alarms" in told, told


def test_stop(start, disk):
    """Cores that mask interrupts are stopped as well: by a fast one."""
    assert "stop: 0 of 3 still spin" in ended(start(disk(test="stop")))


def test_memory(start, disk):
    """Translations that one core drops, no other keeps."""
    told = ended(start(disk(test="memory")))
    moved = re.search(r"probe: \d+ pages, (\d+) moved, 0 stale", told)
    assert moved and int(moved[1]) > 100, told
    assert re.search(r"crowd: \d+ rounds on 4 cores, 0 spoilt, 0 promised", told), told


@pytest.mark.parametrize("start", ["virt", "raspi3b"], indirect=True)
def test_screen(request, start, disk, tmp_path):
    """Without firmware that has a screen: ramfb, or the mailbox's."""
    monitor = Monitor(tmp_path)
    display = ("-device", "ramfb") if "virt" in request.node.name else ()
    made = start(disk(after="halt", screen="800x600"), *display, *monitor.arguments)
    made.expect(r"start: halted")
    picture = monitor.screen_with("halted")
    assert (picture.width, picture.height) == (800, 600)
    assert "Hello from WebAssembly." in picture.text(), picture.text()


@pytest.fixture
def listening(start, disk, tmp_path):
    """listening(cores=4): a halted machine whose line is a socket, .line."""
    def begin(**options):
        line, log = tmp_path / "line", tmp_path / "log"
        log.touch()
        made = start(disk(after="halt"), "-chardev",
                     f"socket,id=line,path={line},server=on,wait=off,logfile={log}", "-serial",
                     "chardev:line", ports=0, **options)
        made.files, made.line = [log], line
        made.expect(r"start: halted")
        return made
    return begin


def test_push(listening, copper, tmp_path):
    """A kernel of another CPU is refused, and all is as it was; then one system follows the other, with
    all cores and, but for the landing, all memory."""
    other = tmp_path / "other.elf"
    kernel = (BUILD / "aarch64" / "kernel.elf").read_bytes()
    other.write_bytes(kernel.replace(bytes.fromhex((BUILD / "aarch64" / "kernel.id").read_text()),
                                     bytes.fromhex("0123456789abcdef")))
    made = listening()
    refused = copper("push", "--serial", made.line, BUILD / "x86_64" / "kernel.elf")
    assert refused.returncode == 1 and b"refused" in refused.stderr, refused.stderr
    for count in (1, 2):
        done = copper("push", "--serial", made.line, other)
        assert done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode()
        made.expect(r"(?s)" + r"build 0123456789abcdef.*Hello from WebAssembly.*halted.*" * count)
    told = made.serial()
    assert told.count("pushed kernel, SHA-256") == 2 and told.count("4 of 4 cores run") == 3, told
    free = [int(kib) for kib in re.findall(r"mem: (\d+) KiB free", told)]
    assert len(free) == 3 and free[0] - free[2] <= 64, free


def test_push_to_one_core(machine, disk, copper, tmp_path):
    """Cores that the new system does not want stay where nothing of the old one is needed."""
    line, log, config = tmp_path / "line", tmp_path / "log", tmp_path / "new"
    log.touch()
    config.write_text("start=bin/hello.wasm\nnosmp=1\nafter=poweroff\n")
    made = machine(*VIRT, "-kernel", LOADER, "-smp", 4, "-drive",
                   f"file={disk(after='halt')},if=virtio,format=raw", "-chardev",
                   f"socket,id=line,path={line},server=on,wait=off,logfile={log}", "-serial",
                   "chardev:line", program="qemu-system-aarch64", ports=0)
    made.files = [log]
    made.expect(r"start: halted")
    done = copper("push", "--serial", line, "--config", config)
    assert done.returncode == 0, done.stderr.decode()
    told = ended(made)
    new = told[told.index("pushed CONFIG"):]
    assert "Hello from WebAssembly." in new and "cores run" not in new, told


def test_cores_that_no_loader_starts(machine, disk, tmp_path):
    """Under a loader that knows nothing of PSCI the kernel starts the other cores. (It is ours, with
    the name by which it would find PSCI spoilt.)"""
    loader = tmp_path / "loader.img"
    known = LOADER.read_bytes()
    assert known.count(b"arm,psci-0.2\0") == 1
    loader.write_bytes(known.replace(b"arm,psci-0.2\0", b"arm,psci-x.y\0"))
    made = machine(*VIRT, "-kernel", loader, "-smp", 4, "-drive",
                   f"file={disk(test='cores')},if=virtio,format=raw",
                   program="qemu-system-aarch64")
    told = ended(made)
    assert "4 of 4 cores run" in told and "calls: 800 returned, made 2400 times" in told, told


# The reason, and the function that is to blame.
FAULTS = {
    "null": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "ud": (r"breakpoint", "fault_illegal"),
    "stack": (r"page fault: kernel stack overflow at [0-9a-f]{16}, not mapped", "fault_stack"),
    "text": (r"page fault: write at [0-9a-f]{16}, not permitted", "fault_text"),
    "ensure": (r"ensure\(one == 2\) failed at fault\.c:\d+", "fault_ensure"),
    "alias": (r"page [0-9a-f]{16} is writable, and executable there or elsewhere", "fault_alias"),
    "bad-stack": (r"page fault: write at 0000000000000ff0, not mapped", "cpu_fault_stack"),
    "double": (r"exception without a stack", "run"),
    "core": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "gate": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "code": (r"page fault: write at [0-9a-f]{16}, not permitted", "fault_code"),
    "direct": (r"page fault: write at [0-9a-f]{16}, not mapped", "fault_direct"),
    "window": (r"page fault: write at [0-9a-f]{16}, not mapped", "fault_window"),
}


@pytest.mark.parametrize("start", ["virt", "raspi3b"], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(start, disk, fault):
    """The kernel's own fault: reason, registers, the guilty function in the trace, the log."""
    reason, function = FAULTS[fault]
    told = ended(start(disk(fault=fault)), "End of meditation.")
    assert re.search(rf"^Guru Meditation: {reason}\r?$", told, re.MULTILINE), told
    trace = told[told.index("Stack:"):told.index("Memory:")]
    assert re.search(rf"  {function}\+0x[0-9a-f]+  kernel/\S+\.c:\d+\r?$", trace, re.MULTILINE), trace
    assert told.rstrip().endswith("End of meditation."), told


def test_fault_in_an_interrupt(machine, disk):
    """Of another core's call, of which there must be two: told through the interrupt."""
    made = machine(*VIRT, "-kernel", LOADER, "-smp", 2, "-drive",
                   f"file={disk(fault='interrupt')},if=virtio,format=raw",
                   program="qemu-system-aarch64")
    told = ended(made, "End of meditation.")
    assert re.search(r"interrupt_dispatch\+0x.*\n(.*\n)*?Interrupted:", told), told


@pytest.mark.parametrize("start, bits", [("raspi3b", 30), ("raspi3b", 39), ("virt", 39)], indirect=["start"])
def test_other_loaders(start, disk, bits):
    """Those that translate fewer bits, by a root for each half, with caches on: an entry in front of the
    kernel makes it so (boot/test/narrow/). The reference loader for the Raspberry Pi has had 30 bits."""
    made = start(disk(files=[f"{BUILD}/aarch64/kernel-narrow{bits}.elf=/sys/narrow"], kernel="sys/narrow",
                      test="memory", log="debug"))
    told = ended(made)
    assert "4 of 4 cores run" in told and "Hello from WebAssembly." in told, told
    assert re.search(r"probe: \d+ pages, \d+ moved, 0 stale", told), told
    assert len(re.findall(r"W\^X holds: \d+ pages executable", told)) == 2, told


def test_loader_without_a_disk(machine):
    made = machine(*VIRT, "-kernel", LOADER, program="qemu-system-aarch64")
    made.expect(r"copper: cannot boot: none of the 0 disks can be booted from")
