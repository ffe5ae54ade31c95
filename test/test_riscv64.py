# SPDX-License-Identifier: MIT
"""A riscv64 machine: both ways to boot, one core and four, three levels of page tables and four, the
kernel's panics. What is known to fail on it, and why, is in riscv64-expected-failures.txt: such a
test must fail."""

import re

import pytest
from conftest import BUILD, PROGRAMS, ROOT

EXPECTED = {line.split("#")[0].strip() for line in
            (ROOT / "test" / "riscv64-expected-failures.txt").read_text().splitlines()} - {""}


@pytest.fixture(autouse=True)
def expected(request):
    if request.node.name in EXPECTED:
        request.applymarker(pytest.mark.xfail(strict=True))


@pytest.fixture
def riscv64(copper):
    """riscv64(OPTION..., program="hello.wasm"): copper boot, run to its end."""
    def start(*options, program="hello.wasm", **more):
        return copper("boot", "--cpu", "riscv64", *options, PROGRAMS / program, **more)
    return start


def hello(done):
    assert done.stdout == b"Hello from WebAssembly.\n" and done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("via", ["kernel", "uefi"])
def test_hello(riscv64, via):
    hello(riscv64("--via", via))


@pytest.mark.parametrize("memory", ["guard", "checked"])
@pytest.mark.parametrize("levels", [3, 4])
def test_modes(riscv64, levels, memory):
    """Either size of address space, either way to reach memory; no page can be written and run."""
    paging = ["--set", "paging=sv39"] if levels == 3 else []
    done = riscv64("--log", "--set", "log=debug", "--memory-mode", memory, *paging)
    hello(done)
    told = done.stderr.decode()
    assert f"page tables of {levels} levels;" in told, told
    assert len(re.findall(r"W\^X holds: \d+ pages executable", told)) == 2, told


@pytest.mark.parametrize("memory", ["guard", "checked"])
def test_trap(riscv64, memory):
    """The program's fault is the program's end, told with its own functions."""
    done = riscv64("--memory-mode", memory, "--log", program="trap.wasm")
    assert done.returncode == 134
    told = done.stderr.decode()
    assert "trap: unreachable" in told and "Guru Meditation" not in told, told
    assert re.search(r"#0 choose \(func \d+\)", told), told


def test_input(riscv64):
    """Bytes come in by the serial port's interrupt, and sqlite answers."""
    done = riscv64(program="sqlite3.wasm", stdin=b"select 6*7;\n")
    assert done.stdout == b"42\n" and done.returncode == 0, done.stderr.decode()


def start(machine, disk, *arguments):
    return machine("-M", "virt", "-m", "256", "-kernel", BUILD / "riscv64" / "loader.img", "-drive",
                   f"if=none,id=disk,format=raw,file={disk}", *arguments,
                   program="qemu-system-riscv64")


@pytest.fixture
def disk(copper, tmp_path):
    """disk(KEY=value...): an image of hello with these lines in CONFIG."""
    def make(**keys):
        path = tmp_path / "disk"
        lines = [word for key, value in {"after": "poweroff", "panic": "poweroff", **keys}.items()
                 for word in ("--set", f"{key}={value}")]
        made = copper("image", "--out", path, "--base", BUILD / "copper.img", "--add",
                      f"{PROGRAMS / 'hello.wasm'}=/bin/hello.wasm", "--set", "start=bin/hello.wasm",
                      "--set", "arguments=", *lines)
        assert made.returncode == 0, made.stderr.decode()
        return path
    return make


PCI = ("-device", "virtio-blk-pci,drive=disk")
DEVICE = ("-device", "virtio-blk-device,drive=disk")
MODERN = ("-global", "virtio-mmio.force-legacy=false", *DEVICE)


@pytest.mark.parametrize("device", [PCI, DEVICE, MODERN], ids=["pci", "legacy", "modern"])
@pytest.mark.parametrize("cores", [1, 4])
def test_machines(machine, disk, device, cores):
    """Each kind of disk; all harts come up; then the machine is off."""
    made = start(machine, disk(), *device, "-smp", cores)
    assert made.wait() == 0
    told = made.serial()
    assert f"{cores} of {cores} cores run; the loader brought {cores}" in told, told
    assert "Hello from WebAssembly." in told and "copper: exit 0" in told, told


@pytest.mark.parametrize("cpu", ["rv64,sstc=off", "rv64,zba=off,zbb=off,zbc=off,zbs=off,h=off"])
def test_plain_cpus(machine, disk, cpu):
    """The timer by SBI; rv64gc and no more."""
    made = start(machine, disk(), *PCI, "-cpu", cpu)
    assert made.wait() == 0
    assert "copper: exit 0" in made.serial(), made.serial()


@pytest.mark.parametrize("paging", ["", "sv39"])
@pytest.mark.parametrize("cpu, told", [("rv64,svpbmt=on", "Svpbmt"), ("rv64,svpbmt=off", "address")])
def test_types_of_memory(machine, disk, cpu, told, paging):
    """What a device's pages are their entries say where the CPU has bits for it, and nowhere else: there they
    would fault. The interrupt controller, the clock and the serial port are used by such pages, and the screen."""
    made = start(machine, disk(log="debug", paging=paging), *PCI, "-smp", 4, "-cpu", cpu, "-device", "bochs-display")
    assert made.wait() == 0
    serial = made.serial()
    assert f"types of memory by {told}" in serial and "lines by PLIC" in serial, serial
    assert re.search(r"display: \d+x\d+ pixels", serial) and "copper: exit 0" in serial, serial


def test_extensions_are_used(machine, disk):
    """What the device tree says that the CPU has makes code shorter."""
    sizes = {}
    for cpu in ("rv64", "rv64,zba=off,zbb=off"):
        made = start(machine, disk(), *PCI, "-cpu", cpu)
        assert made.wait() == 0
        told = made.serial()
        assert "Hello from WebAssembly." in told and "copper: exit 0" in told, told
        sizes[cpu] = int(re.search(r"compiled \d+ functions, \d+ bytes in \d+ us, to (\d+) bytes", told)[1])
    assert sizes["rv64"] < sizes["rv64,zba=off,zbb=off"], sizes


def test_memory_of_four_cores(machine, disk):
    """Translations that one core drops, no other keeps."""
    made = start(machine, disk(test="memory"), *PCI, "-smp", 4)
    assert made.wait() == 0
    told = made.serial()
    moved = re.search(r"probe: \d+ pages, (\d+) moved, 0 stale", told)
    assert moved and int(moved[1]) > 100, told
    assert re.search(r"crowd: \d+ rounds on 4 cores, 0 spoilt, 0 promised", told), told


# The reason, and the function that is to blame.
FAULTS = {
    "null": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "ud": (r"illegal instruction", "fault_illegal"),
    "stack": (r"page fault: kernel stack overflow at [0-9a-f]{16}, not mapped", "fault_stack"),
    "text": (r"page fault: write at [0-9a-f]{16}, not permitted", "fault_text"),
    "execute": (r"page fault: execution at [0-9a-f]{16}, not permitted", "fault_execute"),
    "ensure": (r"ensure\(one == 2\) failed at fault\.c:\d+", "fault_ensure"),
    "alias": (r"page [0-9a-f]{16} is writable, and executable there or elsewhere", "fault_alias"),
    "bad-stack": (r"page fault: write at 0000000000001000, not mapped", "cpu_fault_stack"),
    "double": (r"double fault", "cpu_fault_double"),
    "gate": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "code": (r"page fault: write at [0-9a-f]{16}, not permitted", "fault_code"),
    "direct": (r"page fault: write at [0-9a-f]{16}, not mapped", "fault_direct"),
    "window": (r"page fault: write at [0-9a-f]{16}, not mapped", "fault_window"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(machine, disk, fault):
    """The kernel's own fault: reason, registers, the guilty function in the trace, the log."""
    reason, function = FAULTS[fault]
    made = start(machine, disk(fault=fault), *PCI)
    assert made.wait() == 0
    told = made.serial()
    assert re.search(rf"^Guru Meditation: {reason}\r?$", told, re.MULTILINE), told
    trace = told[told.index("Stack:"):told.index("Memory:")]
    assert re.search(rf"  {function}\+0x[0-9a-f]+  kernel/\S+\.c:\d+\r?$", trace, re.MULTILINE), trace
    assert told.rstrip().endswith("End of meditation."), told


def test_fault_of_another_core(machine, disk):
    made = start(machine, disk(fault="core"), *PCI, "-smp", 4)
    assert made.wait() == 0
    assert re.search(r"^Core 1 of 4, ", made.serial(), re.MULTILINE), made.serial()


def test_exception_stack_overflow(machine, disk):
    """A panic that runs over its own stack: told, and the first reason all the same."""
    made = start(machine, disk(fault="exception-stack"), *PCI)
    assert made.wait() == 0
    told = made.serial()
    nested = told.index("Guru Meditation within it: page fault: exception stack overflow at ")
    assert nested < told.index("Guru Meditation: illegal instruction"), told
    assert "fault_exception_stack" in told and told.rstrip().endswith("End of meditation."), told


def test_firmware_without_a_disk(machine):
    made = machine("-M", "virt", "-kernel", BUILD / "riscv64" / "loader.img",
                   program="qemu-system-riscv64")
    made.expect(r"copper: cannot boot: none of the 0 disks can be booted from")
    made.expect(r"Press a key to restart\.")


@pytest.mark.parametrize("cores", [1, 4])
def test_push(copper, machine, disk, tmp_path, cores):
    """A running system takes another kernel by its line, twice, and brings up as many harts again."""
    kernel = (BUILD / "riscv64" / "kernel.elf").read_bytes()
    build = bytes.fromhex((BUILD / "riscv64" / "kernel.id").read_text())
    made, line, log = disk(start="none", after="halt"), tmp_path / "line", tmp_path / "log"
    log.touch()
    one = machine("-M", "virt", "-kernel", BUILD / "riscv64" / "loader.img", "-drive",
                  f"if=none,id=disk,format=raw,file={made}", *PCI, "-smp", cores, "-chardev",
                  f"socket,id=line,path={line},server=on,wait=off,logfile={log}", "-serial",
                  "chardev:line", ports=0, program="qemu-system-riscv64")
    one.files = [log]
    one.expect(r"start: halted")
    for other in ("0123456789abcdef", "fedcba9876543210"):
        new = tmp_path / "new.elf"
        new.write_bytes(kernel.replace(build, bytes.fromhex(other)))
        done = copper("push", "--serial", line, new)
        assert done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode()
        said = one.expect(rf"(?s)build {other}(.*start: halted)")[1]
        assert f"{cores} of {cores} cores run; the loader brought {cores}" in said, said
    free = [int(kib) for kib in re.findall(r"mem: (\d+) KiB free", one.serial())]
    assert len(free) == 3 and max(free[1:]) - min(free[1:]) <= 64, free
    assert "Guru" not in one.serial()
