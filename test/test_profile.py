# SPDX-License-Identifier: MIT
"""`copper run --profile`: the stacks that were sampled, the flame graph, and perf's map, of programs that
end in each way, in both memory modes, and on the other CPUs under qemu-user. That each sample is right at
every instruction is tested beside the engine (engine/compile/test/sample.h)."""

import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import BUILD, PROGRAMS, TIMEOUT_S

SVG = "{http://www.w3.org/2000/svg}"
MODES = ["guard", "checked"]
OTHER_CPUS = sorted(path.name.removeprefix("host-") for path in BUILD.glob("host-*"))
BENCHES = sorted((BUILD / "bench").glob("*.wasm"))

# $hot runs a thousand times longer than $cold, which has the same caller; $last is called in the
# place of its caller.
HOT = """(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func $work (param i32) (result i32) (local i32)
    (loop
      (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.load (i32.const 64)))
  (func $hotfunction (param i32) (result i32)
    (i32.add (call $work (i32.mul (local.get 0) (i32.const 1000))) (i32.const 1)))
  (func $cold (param i32) (result i32) (i32.add (call $work (local.get 0)) (i32.const 1)))
  (func $last (param i32) (result i32) (call $hotfunction (local.get 0)))
  (func $replaced (param i32) (result i32) (return_call $last (local.get 0)))
  (func $deeper (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (call $hotfunction (i32.const 1000000)))))
    (i32.add (call $deeper (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "_start")
    (drop (call $cold (i32.const 1000000)))
    (drop (call START (i32.const 1000000)))
    END))"""


class Profile:
    def __init__(self, folder, program, options, arguments, cpu):
        copper = [f"qemu-{cpu}", BUILD / f"host-{cpu}/copper"] if cpu else [BUILD / "host/copper"]
        command = [*copper, "run", *options, "--profile", folder / "p", program, *arguments]
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.stdout, self.stderr = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
        self.status = process.returncode
        perf = pathlib.Path(f"/tmp/perf-{process.pid}.map")
        self.map = [line.split(" ", 2) for line in perf.read_text().splitlines()]
        perf.unlink()
        self.stacks = []
        for line in (folder / "p.folded").read_text().splitlines():
            stack, count = line.rsplit(" ", 1)
            self.stacks.append((stack.split(";"), int(count)))
        self.svg = ElementTree.parse(folder / "p.svg").getroot()

    def total(self):
        return sum(count for _, count in self.stacks)

    def of(self, name):
        """Of all stacks that this frame is in."""
        return sum(count for stack, count in self.stacks if name in stack)

    def titles(self):
        return [title.text for title in self.svg.iter(f"{SVG}title")]


@pytest.fixture
def profile(tmp_path):
    return lambda program, options=(), arguments=(), cpu=None: Profile(tmp_path, program, options,
                                                                       arguments, cpu)


def hot(wat, start="$hotfunction", end="nop"):
    return wat(HOT.replace("START", start).replace("END", end))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("end, status", [("nop", 0), ("unreachable", 134),
                                         ("(call $proc_exit (i32.const 7))", 7)])
def test_hot_function_has_most_samples(profile, wat, end, status, mode):
    program = hot(wat, end=end)
    seen = profile(program, ["--memory-mode", mode])
    name = program.name + "!"
    assert seen.status == status
    assert seen.of(name + "hotfunction") > 0.7 * seen.total()
    assert seen.of(name + "cold") < 0.1 * seen.total()
    stack = max(seen.stacks, key=lambda pair: pair[1])[0]
    assert stack == [name + "_start", name + "hotfunction", name + "work"]


def test_tail_calls_take_their_callers_place(profile, wat):
    program = hot(wat, "$replaced")
    name = program.name + "!"
    stack = max(profile(program).stacks, key=lambda pair: pair[1])[0]
    assert stack == [name + part for part in ("_start", "last", "hotfunction", "work")]


@pytest.mark.parametrize("start, frames", [("$hotfunction", ["_start", "hotfunction", "work"]),
                                           ("$replaced", ["_start", "last", "hotfunction", "work"])])
@pytest.mark.parametrize("cpu", OTHER_CPUS)
def test_other_cpus_tell_whole_stacks(profile, wat, cpu, start, frames):
    program = hot(wat, start)
    seen = profile(program, cpu=cpu)
    assert seen.of("[callers unknown]") == 0
    assert max(seen.stacks, key=lambda pair: pair[1])[0] == [f"{program.name}!{part}"
                                                             for part in frames]


def check_roots(seen, program):
    """Each stack leads to where the program started, or to as many frames as are told."""
    known = {f"{program.name}!_start.command_export", "[outside]", "[kernel]", "[compiler]"}
    for stack, _ in seen.stacks:
        assert stack[0] in known or (stack[0] == "[callers unknown]" and len(stack) >= 257), stack


@pytest.mark.parametrize("program", [pytest.param(path, id=path.stem) for path in BENCHES])
def test_no_stack_is_broken(profile, program):
    check_roots(profile(program, arguments=["100"]), program)


@pytest.mark.parametrize("cpu", OTHER_CPUS)
def test_no_stack_is_broken_elsewhere(profile, cpu):
    program = BUILD / "bench/json.wasm"
    seen = profile(program, arguments=["20"], cpu=cpu)
    check_roots(seen, program)
    assert seen.total() > 50


def test_deep_stacks_are_cut(profile, wat):
    program = wat(HOT.replace("START", "$deeper").replace("END", "nop")
                  .replace("call $deeper (i32.const 1000000)", "call $deeper (i32.const 5000)"))
    seen = profile(program)
    stack = max(seen.stacks, key=lambda pair: pair[1])[0]
    assert stack[0] == "[callers unknown]" and len(stack) == 257
    assert stack[-1] == program.name + "!work"


def test_flame_graph(profile, wat):
    """Boxes are as wide as their share, and each lies above the one that called it."""
    program = hot(wat)
    seen = profile(program)
    boxes = {}
    for group in seen.svg.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        boxes[group.find(f"{SVG}title").text] = tuple(float(rect.get(key)) for key in "xy") + (
            float(rect.get("width")),)
    titles = {re.sub(r" \(.*", "", title): box for title, box in boxes.items()}
    everything, caller = titles["all"], titles[f"{program.name}!_start"]
    callee = titles[f"{program.name}!hotfunction"]
    assert everything[2] == pytest.approx(1180)
    share = seen.of(f"{program.name}!hotfunction") / seen.total()
    assert callee[2] == pytest.approx(1180 * share, abs=0.2)
    assert callee[1] < caller[1] < everything[1]
    assert caller[0] <= callee[0] and callee[0] + callee[2] <= caller[0] + caller[2] + 0.2


def test_map_covers_what_was_compiled(profile):
    """A line for each function, and for stubs; none overlaps another."""
    seen = profile(PROGRAMS / "hello.wasm", ["--stats"])
    compiled = int(re.search(rb"functions compiled +(\d+)", seen.stderr)[1])
    size = int(re.search(rb"to machine code of +(\d+)", seen.stderr)[1])
    functions = [line for line in seen.map if line[2] != "copper!stub"]
    assert len(functions) == compiled
    assert sum(int(line[1], 16) for line in functions) == size
    assert len(seen.map) > compiled
    assert "hello.wasm!main" in [line[2] for line in functions] or \
        "hello.wasm!__original_main" in [line[2] for line in functions]
    assert "wasi_snapshot_preview1!wasi_fd_write" in [line[2] for line in functions]
    end = 0
    for start, length in sorted((int(line[0], 16), int(line[1], 16)) for line in seen.map):
        assert start >= end
        end = start + length


def test_hostile_names(profile, wat, tmp_path):
    """A name cannot end a line, separate frames, or be markup."""
    evil = b"a;b\n<&>\xc2\x9b\x1bz"
    assert len(evil) == len(b"hotfunction")
    program = tmp_path / "evil.wasm"
    program.write_bytes(hot(wat).read_bytes().replace(b"hotfunction", evil))
    seen = profile(program)
    name = "evil.wasm!a?b?<&>???z"
    assert seen.of(name) > 0.7 * seen.total()
    assert name in [line[2] for line in seen.map]
    assert any(title.startswith(name + " (") for title in seen.titles())


def test_compiler_kernel_and_adapter_are_frames(profile, tmp_path):
    """SQLite's start compiles, and a statement of its own each asks the adapter for much."""
    script = "create table t(a); " + "insert into t values(1); " * 2000 + "select count(*) from t;"
    seen = profile(PROGRAMS / "sqlite3.wasm", arguments=["/tmp/x.db", script],
                   options=["--dir", f"{tmp_path}::/tmp"])
    assert seen.stdout == b"2000\n"
    frames = {frame for stack, _ in seen.stacks for frame in stack}
    assert {"[outside]", "[compiler]", "[kernel]"} <= frames
    assert any(frame.startswith("wasi_snapshot_preview1!") for frame in frames)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["hello", "tour", "words", "orders", "trap"])
def test_programs_do_the_same(profile, copper, name, mode):
    plain = copper("run", "--memory-mode", mode, PROGRAMS / f"{name}.wasm")
    seen = profile(PROGRAMS / f"{name}.wasm", ["--memory-mode", mode])
    assert (seen.status, seen.stdout) == (plain.returncode, plain.stdout)


def test_prefix_that_cannot_be_written(copper):
    done = copper("run", "--profile", "/nowhere/p", PROGRAMS / "hello.wasm")
    assert done.returncode == 1
    assert b"/nowhere/p.svg: No such file or directory" in done.stderr
