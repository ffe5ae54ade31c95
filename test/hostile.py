# SPDX-License-Identifier: MIT
"""Modules made to cost more than their size, each in any size: test_hostile.py runs them all, and
run as a program this prints what each takes in growing sizes (`make bench-hostile`).

Each case makes a module and says what becomes of it: it runs (its export "f" is called, and so
compiled), or it is refused with a message and the byte offset at which it was seen."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

I32, I64, F32, F64, FUNCREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x70
END, BLOCK, LOOP, IF, BR, BR_IF, BR_TABLE, CALL, DROP = 0x0B, 2, 3, 4, 0x0C, 0x0D, 0x0E, 0x10, 0x1A
GET, SET, TEE = 0x20, 0x21, 0x22
VALUES = 1000  # most parameters and results


def leb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def vector(items):
    return leb(len(items)) + b"".join(items)


def section(number, content):
    return bytes([number]) + leb(len(content)) + content


def function_type(parameters=(), results=()):
    return b"\x60" + leb(len(parameters)) + bytes(parameters) + leb(len(results)) + bytes(results)


def body(code, runs=()):
    whole = vector([leb(count) + bytes([kind]) for count, kind in runs]) + code + bytes([END])
    return leb(len(whole)) + whole


PREAMBLE = b"\0asm\1\0\0\0"
EXPORT_F = section(7, vector([b"\1f\0\0"]))
MEMORY = section(5, vector([b"\0\1"]))


def module(types, functions, bodies, extra=b"", before=b""):
    """Sections in their order; `extra` lies between functions and exports."""
    return (PREAMBLE + section(1, vector(types)) + before + section(3, vector(functions)) + extra
            + EXPORT_F + section(10, vector(bodies)))


def one(code, runs=(), types=()):
    return module([function_type(), *types], [b"\0"], [body(code, runs)], MEMORY)


def local(opcode, index):
    return bytes([opcode]) + leb(index)


ZERO = b"\x41\0"
WIDE = [function_type((), (I32,) * VALUES), function_type((I32,) * VALUES, (I32,) * VALUES)]
WIDE_VALUE = body(ZERO * VALUES)  # of the first of them


def nesting(n):
    return one(bytes([BLOCK, 0x40, LOOP, 0x40]) * (n // 2) + bytes([END]) * (n // 2 * 2))


def nested_values(n):
    return one(bytes([BLOCK, I32]) * n + ZERO + bytes([END]) * n + bytes([DROP]))


def labels(n):
    """One br_table, all to the same two blocks."""
    table = bytes([BR_TABLE]) + leb(n) + bytes([i % 2 for i in range(n)]) + b"\0"
    return one(bytes([BLOCK, 0x40] * 2) + ZERO + table + bytes([END, END]))


def labels_apart(n):
    """Every label another block, each carrying a value."""
    table = bytes([BR_TABLE]) + vector([leb(i) for i in range(n)]) + b"\0"
    return one(bytes([BLOCK, I32]) * n + ZERO + ZERO + table + bytes([END]) * n + bytes([DROP]))


def labels_wide(n):
    """Every label another block with many results."""
    table = bytes([BR_TABLE]) + vector([leb(i) for i in range(n)]) + b"\0"
    code = bytes([BLOCK, 1]) * n + ZERO * VALUES + ZERO + table + bytes([END]) * n
    return one(code + bytes([DROP]) * VALUES, types=WIDE)


def dead_labels(n):
    table = bytes([BR_TABLE]) + leb(n) + bytes(n + 1)
    return one(b"\0" + ZERO + table)


def dead_code(n):
    return one(b"\x41\1\x04\x40\x0f\x0b\0" + b"\x6a" * n + bytes([DROP]))


def locals_many(n):
    """Functions with the most locals and nothing to do with them, all called."""
    calls = b"".join(bytes([CALL]) + leb(i) for i in range(1, n + 1))
    rest = body(local(GET, 49_999) + bytes([DROP]), [(50_000, I64)])
    return module([function_type()], [b"\0"] * (n + 1), [body(calls), *[rest] * n])


def local_runs(n):
    return one(b"", [(0, I32)] * n)


def pending(n):
    """Reads of one local wait while it is set."""
    return one(local(GET, 0) * n + ZERO + local(SET, 0) + bytes([DROP]) * n, [(1, I32)])


def pending_again(n):
    """A deep stack below, and a local that is set again and again while a read of it waits."""
    again = local(GET, 0) + ZERO + local(SET, 0) + local(GET, 0) + b"\x6a" + local(SET, 1)
    return one(local(GET, 1) * 2000 + again * n + bytes([DROP]) * 2000, [(2, I32)])


def pending_apart(n):
    n = min(n, 49_000)
    reads = b"".join(local(GET, i) for i in range(n))
    writes = b"".join(local(SET, i) for i in range(n))
    return one(reads + writes, [(n, I64)])


def divisions(n):
    """Each needs a register that values of a deep stack hold."""
    deep = b"".join(ZERO + b"\x28\2\0" for _ in range(2000))
    step = ZERO + b"\x28\2\0" + ZERO + b"\x28\2\0\x41\1\x72\x6d\x1a"
    return one(deep + step * n + bytes([DROP]) * 2000)


def selects(n):
    return one(local(GET, 0) + (local(GET, 1) + local(GET, 0) + b"\x1b") * n + bytes([DROP]),
               [(2, I32)])


def negations(n):
    return one(local(GET, 0) + b"\x45" * n + bytes([DROP]), [(1, I32)])


def bit_tests(n):
    return one(local(GET, 0) + (local(GET, 0) + b"\x71\x45") * n + bytes([DROP]), [(1, I32)])


def branches(n):
    """Conditional branches that carry many values."""
    code = bytes([BLOCK, 1]) + ZERO * VALUES + (ZERO + bytes([BR_IF, 0])) * n + bytes([END])
    return one(code + bytes([DROP]) * VALUES, types=WIDE)


def wide_calls(n):
    code = ZERO * VALUES + bytes([CALL, 1]) * n + bytes([DROP]) * VALUES
    rest = body(b"".join(local(GET, i) for i in range(VALUES)))
    return module([function_type(), *WIDE], [b"\0", b"\2"], [body(code), rest])


def arithmetic(n):
    return one(local(GET, 0) + (local(GET, 1) + b"\x6a") * n + local(SET, 0), [(2, I32)])


def functions(n):
    code = b"".join(bytes([CALL]) + leb(i) for i in range(1, min(n, 4000) + 1))
    return module([function_type()], [b"\0"] * (n + 1), [body(code), *[body(b"")] * n])


def types_same(n):
    kind = function_type((I32,) * 20, (I64,))
    return PREAMBLE + section(1, vector([kind] * n))


def types_apart(n):
    def kind(i):
        return function_type([(I32, I64, F32, F64)[i >> 2 * bit & 3] for bit in range(12)])
    return PREAMBLE + section(1, vector([kind(i) for i in range(n)]))


def imports(n):
    """Names that share their beginnings, and nobody provides."""
    items = [b"\6nobody\x1d" + b"the same beginning   %08d" % i + b"\0\0" for i in range(n)]
    return PREAMBLE + section(1, vector([function_type()])) + section(2, vector(items))


def exports(n):
    names = [b"the same beginning %08d" % i for i in range(n)]
    content = vector([leb(len(name)) + name + b"\3\0" for name in names])
    return (PREAMBLE + section(6, vector([b"\x7f\0\x41\0\x0b"])) + section(7, content))


def exports_twice(n):
    names = [b"the same beginning %08d" % i for i in [*range(n), 0]]
    content = vector([leb(len(name)) + name + b"\3\0" for name in names])
    return (PREAMBLE + section(6, vector([b"\x7f\0\x41\0\x0b"])) + section(7, content))


def elements(n):
    functions = vector([b"\0"] * n)
    return (PREAMBLE + section(1, vector([function_type()])) + section(3, vector([b"\0"]))
            + section(4, vector([b"\x70\0" + leb(n)])) + EXPORT_F
            + section(9, vector([b"\0\x41\0\x0b" + functions])) + section(10, vector([body(b"")])))


def element_segments(n):
    return (PREAMBLE + section(1, vector([function_type()])) + section(3, vector([b"\0"]))
            + section(4, vector([b"\x70\0\1"])) + EXPORT_F
            + section(9, vector([b"\0\x41\0\x0b\1\0"] * n)) + section(10, vector([body(b"")])))


def data_segments(n):
    return (PREAMBLE + section(1, vector([function_type()])) + section(3, vector([b"\0"])) + MEMORY
            + EXPORT_F + section(10, vector([body(b"")])) + section(11, vector([b"\0\x41\0\x0b\1x"] * n)))


def globals_chain(n):
    """Each is made of the one before."""
    first = b"\x7f\0\x41\1\x0b"
    rest = [b"\x7f\0\x23" + leb(i) + b"\x23" + leb(i) + b"\x6a\x0b" for i in range(n - 1)]
    return PREAMBLE + section(6, vector([first, *rest]))


def constant_long(n):
    return PREAMBLE + section(6, vector([b"\x7f\0\x41\0" + b"\x41\1\x6a" * n + b"\x0b"]))


def names(n):
    """A name section: the traced function's comes last, after names of nobody, out of order."""
    entries = [leb(n - i) + b"\4name" for i in range(n)] + [b"\0\4last"]
    part = b"\1" + (lambda content: leb(len(content)) + content)(vector(entries))
    custom = section(0, b"\4name" + part)
    return one(b"\0") + custom


def name_long(n):
    entry = b"\0" + leb(n) + b"x" * n
    part = b"\1" + (lambda content: leb(len(content)) + content)(vector([entry]))
    return one(b"\0") + section(0, b"\4name" + part)


def traps(n):
    """Each division has its own way out."""
    return one((local(GET, 0) + local(GET, 1) + b"\x6d" + local(SET, 0)) * n,
               [(2, I32)])


def tail_calls(n):
    code = (ZERO + b"\x04\x40" + ZERO * 40 + b"\x12\1\x0b") * n
    rest = body(b"")
    return module([function_type(), function_type((I32,) * 40)], [b"\0", b"\1"], [body(code), rest])


def start_traps(n):
    return (PREAMBLE + section(1, vector([function_type()])) + section(3, vector([b"\0"]))
            + section(8, b"\0") + section(10, vector([body(b"\1" * n + b"\0")])))


RUNS = "runs"
TRAPS = "trap"
UNLINKABLE = "unlinkable"

# name: maker, a size that takes some hundredths of a second, what becomes of it.
CASES = {
    "nesting": (nesting, 30_000, RUNS),
    "nested values": (nested_values, 30_000, RUNS),
    "br_table": (labels, 400_000, RUNS),
    "br_table, labels apart": (labels_apart, 30_000, RUNS),
    "br_table, wide labels": (labels_wide, 400, RUNS),
    "br_table, dead": (dead_labels, 500_000, TRAPS),
    "dead code": (dead_code, 500_000, RUNS),
    "functions of 50,000 locals": (locals_many, 100, RUNS),
    "runs of locals": (local_runs, 300_000, RUNS),
    "pending reads": (pending, 6_000, RUNS),
    "pending reads, again": (pending_again, 30_000, RUNS),
    "pending reads, apart": (pending_apart, 6_000, RUNS),
    "divisions, deep stack": (divisions, 20_000, RUNS),
    "select": (selects, 60_000, RUNS),
    "i32.eqz": (negations, 300_000, RUNS),
    "bit tests": (bit_tests, 60_000, RUNS),
    "br_if with 1,000 values": (branches, 500, RUNS),
    "calls of 1,000 values": (wide_calls, 150, RUNS),
    "arithmetic": (arithmetic, 150_000, RUNS),
    "functions": (functions, 60_000, RUNS),
    "same types": (types_same, 60_000, RUNS),
    "types apart": (types_apart, 60_000, RUNS),
    "imports": (imports, 30_000, UNLINKABLE),
    "exports": (exports, 60_000, RUNS),
    "export twice": (exports_twice, 60_000, "duplicate export name"),
    "elements": (elements, 300_000, RUNS),
    "element segments": (element_segments, 60_000, RUNS),
    "data segments": (data_segments, 60_000, RUNS),
    "globals in a chain": (globals_chain, 60_000, RUNS),
    "long constant": (constant_long, 120_000, RUNS),
    "names": (names, 100_000, TRAPS),
    "long name": (name_long, 1_000_000, TRAPS),
    "traps": (traps, 40_000, TRAPS),
    "tail calls of many words": (tail_calls, 1_500, RUNS),
    "start function": (start_traps, 300_000, TRAPS),
}


def commands(binary, outcome):
    """A script of the specification's kind that says what becomes of it."""
    first = {"type": "module", "line": 1, "filename": "m.wasm"}
    if b"\1f\0\0" not in binary:
        kinds = {RUNS: "module", TRAPS: "assert_uninstantiable", UNLINKABLE: "assert_unlinkable"}
        return [{**first, "type": kinds.get(outcome, "assert_invalid"), "text": ""}]
    call = {"type": "invoke", "field": "f", "args": []}
    if outcome == RUNS:
        return [first, {"type": "assert_return", "line": 2, "action": call, "expected": []}]
    return [first, {"type": "assert_trap", "line": 2, "action": call, "text": ""}]


def write(name, size, folder):
    """Module and script into the folder. Returns the script's path."""
    maker, _, outcome = CASES[name]
    binary = maker(size)
    pathlib.Path(folder, "m.wasm").write_bytes(binary)
    script = pathlib.Path(folder, "m.json")
    script.write_text(json.dumps({"source_filename": name, "commands": commands(binary, outcome)}))
    return script


def measure(copper, name, size):
    """Runs one case: (its output, exit status, bytes of module, user seconds, KiB of memory). A
    small process of its own does it, as a child's peak of memory starts at its parent's."""
    done = subprocess.run([sys.executable, __file__, "--measure", copper, str(size), name],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def measure_here(copper, name, size):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, __file__, "--write", folder, str(size), name], check=True)
        child = subprocess.Popen([copper, "spec", f"{folder}/m.json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        output = child.stdout.read().decode(errors="replace")
        child.stdout.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        size = os.path.getsize(f"{folder}/m.wasm")
    return output, child.returncode, size, usage.ru_utime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser(description="User seconds of each hostile module, by size.")
    parser.add_argument("copper")
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    print(f"{'case':28} {'n':>8} {'bytes':>9} {'n':>7} {'2n':>7} {'4n':>7} {'8n':>7}  8n/4n  MiB at n, 8n")
    for name in options.case or CASES:
        size = CASES[name][1]
        runs = [measure(options.copper, name, size * factor) for factor in (1, 2, 4, 8)]
        times = [run[3] for run in runs]
        bad = "" if all(run[1] == 0 for run in runs) else f"  FAILED: {runs[-1][0].strip()[:90]}"
        print(f"{name:28} {size:8} {runs[0][2]:9} " + " ".join(f"{time:7.3f}" for time in times)
              + f" {times[3] / max(times[2], 0.001):6.1f}  {runs[0][4] // 1024:4} {runs[3][4] // 1024:5}{bad}",
              flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(sys.argv[4], int(sys.argv[3]), sys.argv[2])
    elif sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure_here(sys.argv[2], sys.argv[4], int(sys.argv[3]))))
    else:
        main()
