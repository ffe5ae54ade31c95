# SPDX-License-Identifier: MIT
"""The kernel when it breaks: CONFIG's fault= makes it, and serial 0 must tell what and where."""

import json
import re
import tempfile

import pytest

from conftest import BUILD, ROOT, run
from machines import every_machine
from screen import Monitor


def symbolize(addresses, kind, kernel):
    """What the distribution's symbolizer reads from the debug information: per address, innermost
    first, (function, file:line)."""
    asked = "".join(f"{address:#x}\n" for address in addresses)
    told = run(["llvm-symbolizer-19", f"--obj={BUILD / kind.cpu / kernel}.debug.elf", "--output-style=JSON"],
               asked.encode())
    for line in told.stdout.decode().splitlines():
        yield [(frame["FunctionName"],
                f"{frame['FileName'].removeprefix(str(ROOT) + '/')}:{frame['Line']}")
               for frame in json.loads(line)["Symbol"]]


def has_registers(told):
    return re.search(r"\b(rip|pc) +[0-9a-f]{16}", told) is not None


def check_trace(told, kind, kernel="kernel"):
    """Each address of the kernel in a panic is told with the source lines that it has, inlined calls
    included. Returns the functions, innermost first."""
    frames, inlined, exact = [], [], False
    for line in told.splitlines():
        call = re.match(r" {20}(\w+)  (\S+:\d+) \(inlined\)$", line)
        frame = re.match(r"  ([0-9a-f]{16})  (\w+)\+0x[0-9a-f]+  (\S+:\d+)$", line)
        if call:
            inlined.append((call[1], call[2]))
        elif frame:
            address = int(frame[1], 16) - (not exact)
            frames.append((address, [*inlined, (frame[2], frame[3])]))
            inlined, exact = [], False
        elif line in ("Stack:", "Interrupted:"):
            exact = line == "Interrupted:" or has_registers(told)
        elif re.match(r"  [0-9a-f]{16}  ", line):  # of no function of the kernel
            exact = False
        else:
            assert not inlined, told
    expected = list(symbolize((address for address, _ in frames), kind, kernel))
    assert [chain for _, chain in frames] == expected, told
    return [function for _, chain in frames for function, _ in chain]


NOT_MAPPED = r"page fault: write at [0-9a-f]{16}, not mapped"
NOT_PERMITTED = r"page fault: write at [0-9a-f]{16}, not permitted"

# The reason, and the function that is to blame; by CPU where they say it in their own words.
FAULTS = {
    "null": (r"page fault: write at 0000000000000008, not mapped", "fault_null"),
    "ud": ({"x86_64": "invalid opcode", "aarch64": "breakpoint", "riscv64": "illegal instruction"},
           "fault_illegal"),
    "stack": (r"page fault: kernel stack overflow at [0-9a-f]{16}, not mapped", "fault_stack"),
    "text": (NOT_PERMITTED, "fault_text"),
    "execute": (r"page fault: execution at [0-9a-f]{16}, not permitted", "fault_execute"),
    "ensure": (r"ensure\(one == 2\) failed at fault\.c:\d+", "fault_ensure"),
    "bad-stack": ({"x86_64": r"page fault: write at 0000000000001000, not mapped",
                   "aarch64": r"page fault: write at 0000000000000ff0, not mapped",
                   "riscv64": r"page fault: write at 0000000000001000, not mapped"}, "cpu_fault_stack"),
    "double": ({"x86_64": "double fault", "aarch64": "exception without a stack",
                "riscv64": "double fault"}, {"x86_64": "cpu_fault_double", "aarch64": "run",
                                             "riscv64": "cpu_fault_double"}),
    "alias": (r"page [0-9a-f]{16} is writable, and executable there or elsewhere", "fault_alias"),
}


def by_cpu(words, kind):
    return words[kind.cpu] if isinstance(words, dict) else words


@every_machine
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(boot, kind, fault):
    """Reason, registers, the guilty function's name, the log; then the machine is off."""
    reason, function = (by_cpu(words, kind) for words in FAULTS[fault])
    kernel = boot(f"fault={fault}\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(rf"^Guru Meditation: {reason}$", told, re.MULTILINE), told
    assert re.search(rf"^  [0-9a-f]{{16}}  {function}\+0x", told, re.MULTILINE), told
    assert len(check_trace(told, kind)) > 1
    assert has_registers(told) != (fault in ("ensure", "alias")), told
    assert re.search(r"^Log:\n  \[.*info start: Copper, build [0-9a-f]{16}$", told, re.MULTILINE), told
    assert told.rstrip().endswith("End of meditation."), told
    assert told.count("Guru Meditation") == 1, told


def test_every_hook_has_a_test():
    """What fault.c knows by name, some test asks for by that name."""
    source = (ROOT / "kernel/start/fault.c").read_text()
    table = source[source.index("} faults[] = {"):source.index("};", source.index("} faults[] = {"))]
    kinds = re.findall(r'^\s+\{"([a-z-]+)", \w+, (?:true|false)\},$', table, re.MULTILINE)
    assert len(kinds) == table.count('{"') > 20
    tests = (ROOT / "test/test_kernel.py").read_text()
    untested = [kind for kind in [*kinds, "early"]
                if kind not in FAULTS and not re.search(rf'fault={kind}\\n|\("{kind}", ', tests)]
    assert not untested


@pytest.fixture
def monitor():
    """Its socket lies in /tmp: a socket's path has little room."""
    with tempfile.TemporaryDirectory(prefix="copper-") as folder:
        yield Monitor(folder)


def test_non_maskable_interrupt(boot, kind, monitor):
    """While the core sleeps: where it slept is told."""
    kernel = boot("start=none\npanic=poweroff\n", *monitor.arguments)
    kernel.expect(r"info start: halted")
    monitor.command("inject-nmi")
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^Guru Meditation: non-maskable interrupt$", told, re.MULTILINE), told
    assert check_trace(told, kind)[0] == "cpu_wait", told


def test_machine_check(boot, kind, monitor):
    """An uncorrected error: the bank that reports it is told, and which address it is about."""
    kernel = boot("start=none\npanic=poweroff\n", *monitor.arguments)
    kernel.expect(r"info start: halted")
    error = "mce 0 3 0xbe00000000000135 0x5 0x123456789000 0x77"
    monitor.command("human-monitor-command", **{"command-line": error})
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^Guru Meditation: machine check$", told, re.MULTILINE), told
    assert re.search(r"^bank 3: status be00000000000135  address 0000123456789000"
                     r"  more 0000000000000077$", told, re.MULTILINE), told
    assert check_trace(told, kind)[0] == "cpu_wait", told


def panicked(kernel, reason):
    """Waits for the end; what was told, in which there is one panic, to its end."""
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(rf"^Guru Meditation: {reason}", told, re.MULTILINE), told
    assert told.count("Guru Meditation") == 1 and told.rstrip().endswith("End of meditation."), told
    check_memory(told)
    return told


OWNERS = ("page tables", "heap", "code", "programs", "stacks", "devices")


def check_memory(told):
    """Who has how much: with what is free it comes to all that there was, except for what the cores
    hold back for themselves, and books."""
    told = told[told.index("\nMemory:\n"):]
    free, total = map(int, re.search(r"(\d+) of (\d+) KiB free, \d+ promised, ", told).groups())
    line = re.search(r"^.*page tables \d+, .* KiB; heap blocks \d+ bytes$", told, re.MULTILINE)[0]
    used = {owner: int(re.search(rf"\b{owner} (\d+)", line)[1]) for owner in OWNERS}
    assert free + sum(used.values()) == total > free > 0 and used["heap"] > 0, told


NULL = "page fault: write at 0000000000000008, not mapped$"


@every_machine
def test_another_core(boot, kind):
    """It panics as well as core 0, and says which it is."""
    told = panicked(boot("fault=core\npanic=poweroff\n", cores=2), NULL)
    assert re.search(rf"^Core 1 of {kind.cores or 2}, \d+\.\d{{6}} s after entry\.$", told, re.MULTILINE), told
    functions = check_trace(told, kind)
    assert functions[0] == "fault_null" and "core_idle" in functions, told


@every_machine
def test_all_cores_at_once(boot, kind):
    """One of them tells, undisturbed; the machine then goes off once."""
    told = panicked(boot("fault=all\npanic=poweroff\n", cores=4), NULL)
    assert re.search(r"^Core [0-3] of 4,", told, re.MULTILINE), told
    assert check_trace(told, kind)[0] == "fault_null", told


@every_machine
def test_interrupt_handler(boot, kind):
    """The trace goes on in what was interrupted; this core's last event but the fault is the interrupt."""
    told = panicked(boot("fault=interrupt\npanic=poweroff\n", cores=2), NULL)
    assert told.count("\nInterrupted:\n") == 1, told
    functions = check_trace(told, kind)
    assert functions[0] == "fault_null" and "cores_serve" in functions, told
    assert functions[-2:] == ["fault_interrupt", "run"], told
    events = told[told.index("\nEvents:\n"):told.index("\nLog:\n")].splitlines()
    own = [event for event in events if re.match(r"\[[\d. ]+ 0\] ", event)]
    assert re.search(r" interrupt vector \d+$", own[-2]), told
    assert re.search(r" trap kind 0 at [0-9a-f]{16}$", own[-1]), told


@every_machine
def test_interrupted_program(boot, kind, wat):
    """A handler breaks while compiled code runs: the trace goes on there, with the names that the
    module has, and then to who entered it."""
    program = wat("""(module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\01\\00\\00\\00.")
        (func $turn (local $n i32) (loop
          (br_if 0 (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9999)))))
        (func $work (loop (call $turn) (br 0)))
        (func (export "_start")
          (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
          (call $work)))""")
    kernel = boot("start=x.wasm\nfault=program\npanic=poweroff\n", cores=2,
                  files=[*hello(), ("x.wasm", program.read_bytes())])
    told = panicked(kernel, NULL)
    check_trace(told, kind)
    names = re.findall(r"^  (\w+) \(function \d+, offset 0x", told, re.MULTILINE)
    assert names in (["turn", "work", "_start"], ["work", "_start"]), told
    assert re.search(r"^Interrupted:\n  [0-9a-f]{16}  \(compiled code\)\nProgram:$", told,
                     re.MULTILINE), told
    assert "program_finish" in told[told.index("\nEntered from:\n"):], told


@every_machine
@pytest.mark.parametrize("fault, reason", [
    ("double-free", r"heap block [0-9a-f]{16} of 72 bytes is released twice$"),
    ("overrun", r"heap block [0-9a-f]{16} of 72 bytes was overrun at byte 72$")])
def test_heap_misuse(boot, kind, fault, reason):
    """The debug build of the kernel sees it."""
    told = panicked(boot(f"fault={fault}\npanic=poweroff\n", kernel="kernel-checking.elf"), reason)
    assert re.search(rf"  fault_{fault.replace('-', '_')}\+0x[0-9a-f]+  kernel/start/fault\.c:\d+$",
                     told, re.MULTILINE), told


@every_machine
def test_exception_stack_overflow(boot, kind):
    """A panic that runs over its own stack: told, and the first reason all the same."""
    kernel = boot("fault=exception-stack\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    nested = re.search(r"^Guru Meditation within it: .*exception stack overflow", told, re.MULTILINE)
    assert nested and nested.start() < told.index(f"Guru Meditation: {by_cpu(FAULTS['ud'][0], kind)}"), told
    assert "fault_exception_stack" in check_trace(told[told.index("Guru Meditation: "):], kind), told
    assert told.rstrip().endswith("End of meditation."), told


def test_panic_before_anything_is_up(boot, kind):
    """No log, no memory, no screen, no word yet of what follows: the first serial port is found, and
    the stack is read on the loader's page tables."""
    kernel = boot("fault=early\npanic=poweroff\nlogto=serial1\n", ports=2)
    kernel.expect(r"End of meditation\.")
    told = kernel.serial()
    assert re.search(r"^Guru Meditation: invalid opcode$", told, re.MULTILINE), told
    assert check_trace(told, kind)[0] == "fault_illegal", told
    assert "within it" not in told and kernel.process.poll() is None, told


@every_machine
def test_runaway_recursion_is_told_in_short(boot, kind):
    """The trace of an overflow goes on to where it began."""
    kernel = boot("fault=stack\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^  \.\.\. the same \d+ times more$", told, re.MULTILINE), told
    assert check_trace(told, kind)[-2:] == ["fault_stack_start", "run"], told


@every_machine
def test_panic_within_a_panic(boot, kind):
    """It is told too, and the machine still does what panic= says."""
    kernel = boot("fault=twice\npanic=poweroff\n")
    assert kernel.wait() == 0
    told = kernel.serial()
    reason = by_cpu(FAULTS["ud"][0], kind)
    assert re.search(rf"^Guru Meditation: {reason}$", told, re.MULTILINE), told
    assert re.search(r"^Guru Meditation within it: page fault: write", told, re.MULTILINE), told
    assert re.search(r"^  [0-9a-f]{16}  fault_null\+0x", told, re.MULTILINE), told


def hello():
    return [("sys/wasi_snapshot_preview1.wasm",
             (BUILD / "user/wasi_snapshot_preview1.wasm").read_bytes()),
            ("bin/hello.wasm", (BUILD / "wasm32/hello.wasm").read_bytes())]


@every_machine
def test_page_tables(boot, kind):
    """Walked whole, before there is compiled code and after: nothing is writable and executable."""
    kernel = boot("start=bin/hello.wasm\nlog=debug\nafter=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    walks = re.findall(r"debug mem: W\^X holds: (\d+) pages executable, (\d+) others writable", told)
    assert len(walks) == 2 and "copper: exit 0" in told, told
    before, after = (int(executable) for executable, _ in walks)
    assert 0 < before < after, told


@every_machine
@pytest.mark.parametrize("fault, why", [("code", "not permitted"), ("direct", "not mapped"),
                                        ("window", "not mapped")])
def test_code_has_no_writable_alias(boot, kind, fault, why):
    """Compiled code is written to: where it runs, in the direct map, and through the window."""
    kernel = boot(f"start=bin/hello.wasm\nfault={fault}\npanic=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(rf"^Guru Meditation: page fault: write at [0-9a-f]{{16}}, {why}", told,
                     re.MULTILINE), told
    assert re.search(rf"^  [0-9a-f]{{16}}  fault_{fault}\+0x", told, re.MULTILINE), told


@every_machine
def test_panic_in_a_gate(boot, kind):
    """The trace goes on into the program that called the gate, with its own names."""
    kernel = boot("start=bin/hello.wasm\nfault=gate\npanic=poweroff\n", files=hello())
    assert kernel.wait() == 0
    told = kernel.serial()
    assert re.search(r"^  [0-9a-f]{16}  core_schedule\+0x", told, re.MULTILINE), told
    before, program = told.split("\nProgram:\n")
    program, entered = program.split("\nEntered from:\n")
    assert re.search(r"^  puts \(function \d+, offset 0x", program, re.MULTILINE), told
    assert re.search(r"^  _start ", program, re.MULTILINE), told
    functions = check_trace(told, kind)
    assert functions[0] == "fault_null" and functions[-1] == "run", told
    assert "gate_call" in before and "program_finish" in entered, told


@every_machine
@pytest.mark.parametrize("action", ["halt", "reboot"])
def test_panic_action(boot, kind, action):
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
