#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times calls to the system, through each WASI and native, in one run.

Every kind of call that bench/wasi/calls.c knows is made as often by the native program, by Copper and by
node, on a file in memory; what is compared is the CPU time (user and system) of so many rounds less
that of none, least of --repeat interleaved runs. Every checksum must equal the native one. Shown
are what a call takes natively, the ratios to that, and MB/s where the call moves many bytes.

usage: wasi.py --copper COMMAND --node NODE --runner run_wasi.mjs PROGRAM [KIND...]
PROGRAM is native; PROGRAM.wasm is the same source.
"""
import argparse
import subprocess
import sys
import tempfile

from bench import measure, run

LARGE = 4096  # bytes of a call from which throughput says more than latency


def rounds_for(command, seconds):
    """So many that native code takes this long beyond its start."""
    rounds, idle = 64, run(command(0))[0]
    while True:
        taken = run(command(rounds))[0] - idle
        if taken >= seconds / 4:
            return max(1, round(rounds * seconds / taken))
        rounds *= 2


def commands_for(options, folder):
    """Per engine: what comes before ROUNDS and behind it."""
    wasm = options.program + ".wasm"
    shared = ["--dir", f"{folder}::/bench"]
    return {
        "native": ([options.program], folder),
        "copper": ([options.copper, "run", *shared, wasm], "/bench"),
        "node": ([options.node, "--no-warnings", options.runner, *shared, wasm], "/bench"),
    }


def show(options, folder, kind, size):
    commands = commands_for(options, folder)

    def command(name, rounds):
        start, place = commands[name]
        return [*start, kind, str(rounds), place]

    rounds = rounds_for(lambda count: command("native", count), options.seconds)
    seconds = measure({name: lambda count, name=name: command(name, count) for name in commands},
                      rounds, options.repeat)
    native = seconds["native"]
    row = f"{kind:12}{native / rounds * 1e6:10.2f} us"
    row += "".join(f"{seconds[name] / native:10.2f}" for name in ("copper", "node"))
    row += f"{seconds['copper'] / seconds['node']:12.2f}"
    if size >= LARGE:
        row += "".join(f"{size * rounds / seconds[name] / 1e6:10.0f}" for name in commands)
    print(row, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for option in ("--copper", "--node", "--runner"):
        parser.add_argument(option, required=True)
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("program")
    parser.add_argument("kinds", nargs="*")
    options = parser.parse_args()
    told = subprocess.run([options.program], capture_output=True, text=True, check=True).stdout
    kinds = dict(line.split(",") for line in told.splitlines())
    if unknown := set(options.kinds) - set(kinds):
        sys.exit(f"no such kind: {', '.join(sorted(unknown))}")
    print(f"{'call':12}{'native':>13}{'copper':>10}{'node':>10}{'copper/node':>12}"
          f"{'native':>10}{'copper':>10}{'node':>10}  MB/s")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for kind in options.kinds or kinds:
            show(options, folder, kind, int(kinds[kind]))


if __name__ == "__main__":
    main()
