# SPDX-License-Identifier: MIT
"""`copper compile`: whole modules through the compiler, others' large ones among them, and the code
beside the WebAssembly it was made of."""

import re
import subprocess

import pytest

from conftest import BUILD, PROGRAMS

LARGE = {"esbuild": 5000, "ruby": 15000, "python": 11000, "trealla": 900, "flite": 300}

ADD = """(module
  (func $other (export "other") (param i32) (result i32)
    (local.get 0) (if (then unreachable)) (i32.const 5))
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (result i64) (i64.const -77)))"""


@pytest.mark.parametrize("mode", ["guard", "checked"])
@pytest.mark.parametrize("name", LARGE)
def test_whole_module(name, mode, copper):
    done = copper("compile", "--memory-mode", mode, PROGRAMS / f"{name}.wasm")
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode()
    functions, bodies = map(int, re.search(r"functions +(\d+), of (\d+)", told).groups())
    code = int(re.search(r"machine code +(\d+)", told)[1])
    assert functions >= LARGE[name]
    assert bodies / 2 < code < 4 * bodies


def test_adapter(copper):
    """When it is used its bodies are validated one by one, as they are called: here they all are."""
    done = copper("compile", BUILD / "user/wasi_snapshot_preview1.wasm")
    assert done.returncode == 0, done.stderr


def parts(dump):
    """Per function: its heading, and its lines."""
    return [part.splitlines() for part in dump.split("\nfunction ")[1:]]


def test_dump(copper, wat):
    module = wat(ADD)
    done = copper("compile", "--dump", module)
    assert done.returncode == 0, done.stderr
    other, add, constant = parts(done.stdout.decode())
    assert other[0].startswith("0 <other>: ") and add[0].startswith("1 <add>: ")
    assert constant[0].startswith("2 <>: ")
    binary = module.read_bytes()
    for lines, names in ((other, ["local.get 0", "if -64", "unreachable", "end", "i32.const 5", "end"]),
                         (add, ["local.get 0", "local.get 1", "i32.add", "end"]),
                         (constant, ["i64.const -77", "end"])):
        shown = [re.match(r" *0x([0-9a-f]+) (.*)", line) for line in lines]
        assert [match[2] for match in shown if match] == names
        opcodes = {"local.get": 0x20, "if": 4, "unreachable": 0, "end": 11, "i32.const": 0x41,
                   "i64.const": 0x42, "i32.add": 0x6A}
        for match in filter(None, shown):
            assert binary[int(match[1], 16)] == opcodes[match[2].split()[0]]
    size = int(re.search(r"code of (\d+) bytes", add[0])[1])
    shown = re.findall(r"^ +[0-9a-f]+:\t((?:[0-9a-f]{2} )+)", "\n".join(add), re.M)
    assert sum(len(line.split()) for line in shown) == size
    assert any("ret" in line for line in add)


TABLE = """(module
  (func $jumps (param i32) (result i32)
    (block $out (loop $again (br_table $again $out $again $out $again (local.get 0))))
    (i32.add (local.get 0) (i32.const 7)))
  (func $next (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))"""


@pytest.mark.parametrize("cpu, add, multiply", [("x86_64", "add", "imul"), ("aarch64", "add", "mul"),
                                                ("riscv64", "add", "mulw")])
def test_dump_of_a_table(copper, wat, cpu, add, multiply):
    """A table of addresses is no code; what stands behind it is shown as what it is all the same."""
    done = copper("compile", "--cpu", cpu, "--dump", wat(TABLE))
    assert done.returncode == 0, done.stderr
    jumps, following = (("\n".join(lines)) for lines in parts(done.stdout.decode()))
    behind = jumps[jumps.index("i32.const 7"):]
    assert re.search(rf"^ +[0-9a-f]+:\t[0-9a-f ]+\t{add}", behind, re.M), jumps
    at = re.search(r"bytes at (?:0x)?([0-9a-f]+), frame", following)[1]
    assert re.search(rf"^ +{at}:\t", following, re.M), following
    assert re.search(rf"\t{multiply}", following) and "unknown" not in behind + following, jumps


def test_dump_without_objdump(wat):
    """Then there are bytes without mnemonics."""
    done = subprocess.run([BUILD / "host/copper", "compile", "--dump", wat(ADD)], env={"PATH": ""},
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for part in parts(done.stdout):
        size = int(re.search(r"code of (\d+) bytes", part[0])[1])
        shown = re.findall(r"^ +[0-9a-f]+:\t([0-9a-f ]+)$", "\n".join(part), re.M)
        assert sum(len(line.split()) for line in shown) == size


def test_refusals(copper, tmp_path, wat):
    broken = tmp_path / "broken.wasm"
    broken.write_bytes(wat(ADD).read_bytes()[:-3])
    done = copper("compile", broken)
    assert done.returncode == 1 and b"malformed at 0x" in done.stderr
    assert copper("compile").returncode == 2
    assert copper("compile", "--cpu-features", "none", broken).returncode == 2
