#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast modules are compiled: Copper beside V8's Liftoff, in one run.

From the bytes of a module to machine code of all its functions, validation included, on one thread;
and validation alone. What counts is CPU time, the least of --repeat runs that take turns, each in a
process of its own. MB are those of function bodies: a module may be mostly data.

usage: compile.py --copper COMMAND --node NODE MODULE.wasm...
"""
import argparse
import math
import os
import re
import subprocess

LIFTOFF = ["--liftoff-only", "--no-wasm-lazy-compilation", "--no-wasm-native-module-cache",
           "--single-threaded"]


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def copper_run(copper, module, *arguments):
    """Milliseconds of everything and of validation; bytes of bodies and of machine code."""
    text = output_of([copper, "compile", *arguments, module])
    bodies = int(re.search(r"functions .* of (\d+) bytes", text)[1])
    code = int(re.search(r"machine code\s+(\d+) bytes", text)[1])
    validate, compile_ms = (float(ms) for ms in re.findall(r" all\s+([\d.]+) ms", text))
    return (validate + compile_ms, validate), bodies, code


def liftoff_run(node, module):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compile.mjs")
    return tuple(float(ms) for ms in output_of([node, *LIFTOFF, script, module]).split())


def measure(options, module):
    """Least (everything, validation) of each, and the bytes."""
    ours = theirs = (math.inf, math.inf)
    for _ in range(options.repeat):
        one, bodies, code = copper_run(options.copper, module)
        ours = tuple(map(min, ours, one))
        theirs = tuple(map(min, theirs, liftoff_run(options.node, module)))
    return ours, theirs, bodies, code


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--copper", required=True)
    parser.add_argument("--node", required=True)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("modules", nargs="+")
    options = parser.parse_args()
    print(f"\n{'':22}{'compile, MB/s':>30}{'validate, MB/s':>20}")
    print(f"{'module':14}{'MB':>8}" + "".join(f"{c:>10}" for c in (
        "copper", "liftoff", "ratio", "copper", "V8", "code/wasm")))
    for module in options.modules:
        ours, theirs, bodies, code = measure(options, module)
        name = os.path.splitext(os.path.basename(module))[0]
        rates = [bodies / ms / 1000 for ms in (ours[0], theirs[0], ours[1], theirs[1])]
        print(f"{name:14}{bodies / 1e6:8.1f}{rates[0]:10.1f}{rates[1]:10.1f}"
              f"{rates[0] / rates[1]:10.2f}{rates[2]:10.1f}{rates[3]:10.1f}{code / bodies:10.2f}",
              flush=True)


if __name__ == "__main__":
    main()
