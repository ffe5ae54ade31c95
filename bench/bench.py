#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times the programs of bench/programs as ratios to native code (clang -O2), in one run.

Every engine runs every program with the same number of rounds, chosen so that native code takes
about --seconds, and once with none; what is compared is the CPU time (user and system) between the
two, least of --repeat interleaved runs. Every checksum must equal the native one. Behind the ratios
stand the bytes of machine code for a byte of the functions that ran.

usage: bench.py --copper COMMAND --node NODE --runner run_wasi.mjs FOLDER NAME...
"""
import argparse
import math
import os
import re
import resource
import subprocess
import sys


def run(command):
    """CPU seconds of one run, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, done.stdout.strip()


def rounds_for(native, seconds):
    rounds = 1
    while True:
        taken, _ = run([native, str(rounds)])
        if taken >= seconds / 4:
            return max(1, round(rounds * seconds / taken))
        rounds *= 2


def measure(engines, rounds, repeat):
    """Per engine: least seconds of the rounds alone. All checksums must agree. An engine is what
    makes a command of a number of rounds."""
    least = {}
    expected = None
    for _ in range(repeat):
        for name, command in engines.items():
            idle, _ = run(command(0))
            taken, checksum = run(command(rounds))
            expected = expected or checksum
            if checksum != expected:
                sys.exit(f"{' '.join(command(rounds))} printed {checksum}, not {expected}")
            full, zero = least.get(name, (math.inf, math.inf))
            least[name] = (min(full, taken), min(zero, idle))
    return {name: max(full - zero, 1e-9) for name, (full, zero) in least.items()}


def engines_for(options, folder, name):
    native, wasm = os.path.join(folder, name), os.path.join(folder, name + ".wasm")
    node = [options.node, "--no-warnings"]
    commands = {
        "native": [native],
        "copper": [options.copper, "run", wasm],
        "checked": [options.copper, "run", "--memory-mode", "checked", wasm],
        "liftoff": node + ["--liftoff-only", options.runner, wasm],
        "turbofan": node + ["--no-liftoff", options.runner, wasm],
    }
    return {name: lambda rounds, command=command: command + [str(rounds)]
            for name, command in commands.items()}


def code_size(copper, wasm):
    """Bytes of the bodies that one run compiled, and of the machine code they became."""
    done = subprocess.run([copper, "run", "--stats", wasm, "1"], capture_output=True, text=True,
                          check=True, timeout=60)
    bodies = re.search(r"compiled\s+(\d+) bytes", done.stderr)
    code = re.search(r"to machine code of\s+(\d+) bytes", done.stderr)
    return int(bodies[1]), int(code[1])


def show_ratios(options):
    columns = ["copper", "checked", "liftoff", "turbofan"]
    print(f"{'time / native':14}" + "".join(f"{c:>10}" for c in columns) + f"{'code/wasm':>12}")
    ratios = {column: [] for column in columns}
    sizes = []
    for name in options.names:
        engines = engines_for(options, options.folder, name)
        rounds = rounds_for(os.path.join(options.folder, name), options.seconds)
        seconds = measure(engines, rounds, options.repeat)
        for column in columns:
            ratios[column].append(seconds[column] / seconds["native"])
        sizes.append(code_size(options.copper, os.path.join(options.folder, name + ".wasm")))
        print(f"{name:14}" + "".join(f"{ratios[c][-1]:10.2f}" for c in columns)
              + f"{sizes[-1][1] / sizes[-1][0]:12.2f}", flush=True)
    means = [math.exp(sum(map(math.log, ratios[c])) / len(ratios[c])) for c in columns]
    bodies, code = map(sum, zip(*sizes))
    print(f"{'geomean':14}" + "".join(f"{mean:10.2f}" for mean in means)
          + f"{code / bodies:12.2f}")
    slower = [name for name, ours, theirs in
              zip(options.names, ratios["copper"], ratios["liftoff"]) if ours > theirs]
    if slower:
        print(f"slower than Liftoff: {', '.join(slower)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--copper", required=True)
    parser.add_argument("--node", required=True)
    parser.add_argument("--runner", required=True)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("folder")
    parser.add_argument("names", nargs="+")
    show_ratios(parser.parse_args())


if __name__ == "__main__":
    main()
