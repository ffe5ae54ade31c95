#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times what starting takes: the least of many runs, since others may be busy on the machine.

hello: a whole process that says one line, native, Copper and V8, as ratios. CPython: until its first
line. Cached: the same program once more in the same engine (`copper run --again N`), whose modules are
still compiled: until its first instruction, and until its first line.

usage: start.py --copper COMMAND --node NODE --runner run_wasi.mjs --hello PROGRAM --python MODULE
PROGRAM is native; PROGRAM.wasm says the same.
"""
import argparse
import os
import re
import subprocess
import time

HELLO_RUNS, NODE_RUNS, PYTHON_RUNS, AGAIN = 300, 7, 7, 60


def whole_ms(command, runs):
    """Least milliseconds from the start of a process to its end."""
    least = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
        if os.waitpid(child, 0)[1] != 0:
            raise SystemExit(f"{' '.join(command)} failed")
        least = min(least, time.perf_counter() - begin)
    return least * 1000


def line_ms(command, runs):
    """Least milliseconds from the start of a process to its first byte of output."""
    least = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.read(1)
            least = min(least, time.perf_counter() - begin)
            child.stdout.read()
    return least * 1000


def cached(copper, module, arguments, again):
    """Least microseconds to the first instruction, and milliseconds to the first line, of runs whose
    modules are cached. Both streams come by one pipe, so what a run prints follows the one before."""
    command = [copper, "run", "--stats", "--again", str(again), module, *arguments]
    instruction, line, end, first = float("inf"), float("inf"), None, True
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        for text in child.stdout:
            now = time.perf_counter()
            match = re.search(rb"first instruction\s+(\d+) us", text)
            if match and not first:
                instruction = min(instruction, int(match[1]))
            if b"run time" in text:
                end, first = now, False
            elif end is not None and not text.startswith(b"copper:"):
                line, end = min(line, (now - end) * 1000), None
    return instruction, line


def parts(copper, module):
    """What the first run in an engine spends on validation and compilation, in microseconds."""
    least = {}
    for _ in range(20):
        done = subprocess.run([copper, "run", "--stats", module], capture_output=True, text=True,
                              check=True)
        for name, pattern in [("validated", r"validated.* in (\d+) us"),
                              ("compiled", r"compiled\s.*bytes in (\d+) us"),
                              ("first instruction", r"first instruction\s+(\d+) us")]:
            match = re.search(pattern, done.stderr)
            least[name] = min(least.get(name, 10**9), int(match[1]))
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for option in ("--copper", "--node", "--runner", "--hello", "--python"):
        parser.add_argument(option, required=True)
    options = parser.parse_args()
    copper, node = options.copper, [options.node, "--no-warnings", options.runner]
    hello = options.hello + ".wasm"
    native = whole_ms([options.hello], HELLO_RUNS)
    ours = whole_ms([copper, "run", hello], HELLO_RUNS)
    theirs = whole_ms(node + [hello], NODE_RUNS)
    print(f"hello, whole process        native {native:.2f} ms, copper {ours:.2f} ms "
          f"({ours / native:.2f} x), node {theirs:.1f} ms ({theirs / native:.1f} x)")
    print("of that, in copper          " + ", ".join(
        f"{name} {value} us" for name, value in parts(copper, hello).items()))
    print(f"hello again, cached         {cached(copper, hello, [], AGAIN)[0]} us to its first instruction")
    script = ["-c", "print('line', flush=True)"]
    cold = line_ms([copper, "run", options.python, *script], PYTHON_RUNS)
    other = line_ms(node + [options.python, *script], 3)
    instruction, line = cached(copper, options.python, script, 6)
    print(f"CPython to its first line   copper {cold:.0f} ms, cached {line:.0f} ms "
          f"(first instruction {instruction / 1000:.1f} ms), node {other:.0f} ms")


if __name__ == "__main__":
    main()
