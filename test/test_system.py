# SPDX-License-Identifier: MIT
"""The boundary: the reference page says what the tables say, and servers built as wasm programs
import and export what the interface allows, and nothing else."""

import re
import subprocess

import pytest
from conftest import BUILD, ROOT, run

ABI = ROOT / "abi" / "include" / "abi"


def rows_of(text):
    """The rows of all tables of a page, as tuples of cells without code marks."""
    rows = re.findall(r"^\| (.*) \|$", text, re.M)
    return {tuple(cell.replace("`", "") for cell in row.split(" | ")) for row in rows}


def entries(name, macro, pattern):
    found = re.findall(rf"^{macro}\({pattern}\)$", (ABI / name).read_text(), re.M)
    assert len(found) > 8
    return found


@pytest.fixture(scope="module")
def page():
    return rows_of((ROOT / "doc" / "system.md").read_text())


def test_page_has_every_gate_and_no_other(page):
    gates = {(name, parameters or "none", results or "none", text) for name, parameters, results, text
             in entries("system.def", "GATE", r'(\w+), "(\w*)", "(\w*)", "(.*)"')}
    assert gates <= page
    assert {row for row in page if len(row) == 4} - {("gate", "parameters", "results", "")} == gates


@pytest.mark.parametrize("name, macro, prefix", [("status.def", "STATUS", ("OK", "ERR_")),
                                                 ("trap.def", "TRAP", ("TRAP_",))])
def test_page_has_every_code_and_no_other(page, name, macro, prefix):
    codes = set(entries(name, macro, r'(\w+), (-?\d+), "(.*)"'))
    assert codes <= page
    assert {row for row in page if len(row) == 3 and row[0].startswith(prefix)} == codes


def gate_imports():
    return {f"copper.{name}" for name in
            re.findall(r"^GATE\((\w+),", (ABI / "system.def").read_text(), re.M)}


@pytest.mark.parametrize("server", ["clock", "random", "files", "init", "terminal", "log", "pipe", "show"])
def test_server_is_a_wasm_handler(server):
    """It imports gates, and nothing else."""
    module = BUILD / "wasm/srv" / f"{server}.wasm"
    done = run(["wasm-validate", module])
    assert done.returncode == 0, done.stderr.decode()
    told = run(["wasm-objdump", "-x", module]).stdout.decode()
    imports = set(re.findall(r"<- (\S+)$", told, re.M))
    assert "copper.reply" in imports and imports <= gate_imports()
    exports = re.findall(r'-> "(\w+)"', told)
    assert sorted(exports) == ["handle", "memory", "start"]
    types = dict(re.findall(r"- type\[(\d+)\] (.*)$", told, re.M))
    signature = {name: types[number] for number, name in
                 re.findall(r"- func\[\d+\] sig=(\d+) <(\w+)>$", told, re.M)}
    assert signature.get("server_start") == "() -> i32"
    assert signature.get("server_handle") == "(i32) -> nil"


# ---- through the gates, in compiled code ----

MINIMAL = '(memory (export "memory") 1) (func (export "_start")'


def test_exit_ends_with_its_code_after_a_sleep(copper, wat):
    module = wat("""(module
        (import "copper" "exit" (func $exit (param i32)))
        (import "copper" "time_get" (func $time (result i64)))
        (import "copper" "receive" (func $receive (param i32 i64) (result i32)))
        (memory 1)
        (func (export "_start") (local i64)
            (local.set 0 (i64.add (call $time) (i64.const 1000000)))
            (if (i32.ne (call $receive (i32.const 0) (local.get 0)) (i32.const -9)) (then unreachable))
            (if (i64.lt_u (call $time) (local.get 0)) (then unreachable))
            (call $exit (i32.const 42)) unreachable))""")
    done = copper("run", module)
    assert (done.returncode, done.stdout, done.stderr) == (42, b"", b"")


def test_bad_pointer_in_a_gate_is_a_trap(copper, wat):
    module = wat(f"""(module
        (import "copper" "birth" (func $birth (param i32 i32) (result i32)))
        {MINIMAL} (drop (call $birth (i32.const 65535) (i32.const -1)))))""")
    done = copper("run", module)
    assert done.returncode == 134
    assert b"trap: bad pointer or argument in a kernel call" in done.stderr
    assert b"at #0 " in done.stderr


def test_all_wrong_imports_are_told_and_nothing_runs(copper, wat):
    module = wat(f"""(module
        (import "env" "magic" (func $magic (param i32 i64) (result f64)))
        (import "copper" "exit" (func (param i64)))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fork" (func))
        {MINIMAL} (drop (call $magic (i32.const 1) (i64.const 2)))))""")
    refused = copper("run", module)
    told = refused.stderr.decode()
    assert refused.returncode not in (0, 134)
    for line in ("env.magic: nothing provides it", "wasi_snapshot_preview1.fork: nothing provides it",
                 "copper.exit: what provides it is a function of another type",
                 "wasi_snapshot_preview1.fd_write: what provides it is a function of another type"):
        assert line in told
    ran = copper("run", "--trap-unknown-imports", module)
    assert ran.returncode == 134
    assert "call of an import that nothing provides (env.magic)" in ran.stderr.decode()


def test_runaway_recursion_is_a_trap_told_in_short(copper, wat):
    module = wat("""(module (memory (export "memory") 1)
        (func $down (param i32) (result i32)
            (i32.add (i32.const 1) (call $down (local.get 0))))
        (func (export "_start") (drop (call $down (i32.const 1)))))""")
    done = copper("run", module)
    told = done.stderr.decode()
    assert done.returncode == 134 and "trap: call stack exhausted" in told
    assert "at #1 down (func 0)" in told and "the same" in told and len(told.splitlines()) < 8


def test_two_programs_talk():
    """A million calls from one WebAssembly process to another, whose answers it looks at."""
    bench = BUILD / "bench"
    done = subprocess.run([bench / "message", bench / "post.wasm", "1000000", "call"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert re.fullmatch(r"call \d+\.\d\n", done.stdout)


def test_many_programs_send():
    """Messages of one process to another, of a hundred to one, and around a ring of a thousand."""
    bench = BUILD / "bench"
    for what in "one", "many", "ring":
        done = subprocess.run([bench / "message", bench / "post.wasm", "10000", what],
                              capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and done.stderr == "", done.stderr
