#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The three CPUs side by side: instructions executed, size of code, speed of compiling for each.

Instructions are counted, not timed: every program runs in qemu-user, whose plugin (bench/count) adds
them up, so a busy machine changes nothing. What counts is the difference between one round and many,
so neither starting nor compiling does. Native code is `clang -O2` for that CPU. Every CPU is taken
plain: SSE2, a Cortex-A53, RV64GC. All checksums must be equal, native and compiled, on all CPUs.

Sizes and speeds are those of whole modules, compiled for each CPU by the same command on this one:
CPU time, least of --repeat runs that take turns.

usage: cpus.py --build FOLDER --modules MODULE.wasm... -- NAME...
"""
import argparse
import math
import os
import platform
import subprocess
import tempfile

from compile import copper_run

CPUS = ["x86_64", "aarch64", "riscv64"]
PLAIN = {"x86_64": "qemu64,-popcnt,-abm,-sse4.1", "aarch64": "cortex-a53",
         "riscv64": "rv64,zba=false,zbb=false,zbc=false,zbs=false"}
INSTRUCTIONS = 30e6  # of native x86-64 code, about; what a program's rounds are chosen for


class Counter:
    """Counts what programs execute, each CPU in its emulator."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.out = tempfile.NamedTemporaryFile(prefix="copper-count-")

    def copper(self, cpu):
        return os.path.join(self.build, "host" if cpu == platform.machine() else f"host-{cpu}",
                            "copper")

    def program(self, *name):
        return os.path.join(self.build, "bench", *name)

    def count(self, cpu, command):
        """Instructions of one run, and what it printed."""
        plugin = f"{self.program('count.so')},out={self.out.name}"
        done = subprocess.run(
            [f"qemu-{cpu}", "-cpu", PLAIN[cpu], "-plugin", plugin, *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"{cpu}: {' '.join(command)} failed: {done.stderr.strip()}")
        with open(self.out.name) as file:
            return int(file.read()), done.stdout.strip()

    def rounds(self, cpu, command, rounds):
        """Instructions of `rounds` rounds after a first one, and the checksum."""
        one, _ = self.count(cpu, command + ["1"])
        all_, checksum = self.count(cpu, command + [str(1 + rounds)])
        return all_ - one, checksum


def rounds_for(counter, name):
    command = [counter.program("x86_64", name)]
    return max(1, round(INSTRUCTIONS / counter.rounds("x86_64", command, 1)[0]))


def measure(counter, name):
    """Instructions by (CPU, how), how being native, guard or checked."""
    rounds, wasm = rounds_for(counter, name), counter.program(name + ".wasm")
    found, sums = {}, set()
    for cpu in CPUS:
        ways = {"native": [counter.program(cpu, name)],
                "guard": [counter.copper(cpu), "run", wasm],
                "checked": [counter.copper(cpu), "run", "--memory-mode", "checked", wasm]}
        for way, command in ways.items():
            found[cpu, way], checksum = counter.rounds(cpu, command, rounds)
            sums.add(checksum)
    if len(sums) != 1:
        raise SystemExit(f"{name}: checksums differ: {sums}")
    return found


def ratios(found):
    """A row: each CPU to its native code; the same, checked; the other two to the first."""
    row = [found[cpu, way] / found[cpu, "native"] for way in ("guard", "checked") for cpu in CPUS]
    return row + [found[cpu, "guard"] / found["x86_64", "guard"] for cpu in CPUS[1:]]


def show_row(name, row):
    print(f"{name:14}" + "".join(f"{value:10.2f}" for value in row), flush=True)


def show_instructions(counter, names):
    print(f"{'instructions':14}{'Copper / native':>30}{'checked / native':>30}{'/ x86_64':>20}")
    print(f"{'program':14}" + "".join(f"{cpu:>10}" for cpu in CPUS + CPUS + CPUS[1:]))
    rows = []
    for name in names:
        rows.append(ratios(measure(counter, name)))
        show_row(name, rows[-1])
    show_row("geomean", [math.exp(sum(map(math.log, column)) / len(rows))
                         for column in zip(*rows)])


def compile_all(counter, module, repeat):
    """Per CPU: MB of bodies compiled (and validated) a second, and bytes of code for each of them."""
    least, bytes_ = dict.fromkeys(CPUS, math.inf), {}
    for _ in range(repeat):
        for cpu in CPUS:
            (milliseconds, _), bodies, code = copper_run(
                counter.copper(platform.machine()), module, "--cpu", cpu)
            least[cpu], bytes_[cpu] = min(least[cpu], milliseconds), (bodies, code)
    return {cpu: (bytes_[cpu][0] / least[cpu] / 1000, bytes_[cpu][1] / bytes_[cpu][0])
            for cpu in CPUS}


def show_modules(counter, modules, repeat):
    print(f"\n{'':14}{'compile, MB/s':>30}{'/ x86_64':>20}{'code / wasm':>30}{'code / x86_64':>20}")
    print(f"{'module':14}" + "".join(
        f"{cpu:>10}" for cpu in CPUS + CPUS[1:] + CPUS + CPUS[1:]))
    for module in modules:
        speed, size = zip(*compile_all(counter, module, repeat).values())
        name = os.path.splitext(os.path.basename(module))[0]
        print(f"{name:14}" + "".join(f"{value:10.1f}" for value in speed)
              + "".join(f"{value:10.2f}" for value in (
                  *(other / speed[0] for other in speed[1:]), *size,
                  *(other / size[0] for other in size[1:]))), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--modules", nargs="*", default=[])
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    counter = Counter(options.build)
    if options.names:
        show_instructions(counter, options.names)
    show_modules(counter, options.modules, options.repeat)


if __name__ == "__main__":
    main()
