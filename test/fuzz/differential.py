#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares Copper with V8 on random valid modules.

Each seed makes one module with wasm-opt's generator (without NaNs, whose bits may differ), or, with
--own, one or two linked modules with generate.mjs. The oracle runs their exports under V8 and writes
what happened as a specification script, which `copper spec` must then pass, for a CPU with all that
this one has and for the least, in both memory modes: results, trap kinds and traces, memory, and globals
or what was logged.

A COMMAND is words: "qemu-riscv64 build/host-riscv64/copper" is one. Of several each has its turn on the
same modules, which the oracle then runs but once; the log tells the CPU time of each, and its rate.

usage: differential.py --copper COMMAND... --node NODE [--own] [--seed N] [--count N | --seconds S]
                       [--keep DIR]
The last line is "N passed, N failed, N skipped", in seeds.
"""
import argparse
import json
import os
import resource
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

FEATURES = ["--enable-bulk-memory", "--enable-sign-ext", "--enable-nontrapping-float-to-int",
            "--enable-multivalue", "--enable-mutable-globals"]
HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 40
MODES = ("guard", "checked")


class Copper:
    """A command, what it has cost, and what it has found. Code differs by what the CPU has (but on aarch64,
    where all that is emitted does for the least), and by how memories are reached."""

    def __init__(self, words):
        self.words = shlex.split(words)
        self.name = self.words[0] if len(self.words) > 1 else os.path.basename(self.words[0])
        levels = ("all",) if self.name.endswith("aarch64") else ("all", "baseline")
        self.ways = [(features, mode) for features in levels for mode in MODES]
        self.modules, self.failed, self.used = 0, 0, 0.0

    def log(self):
        rate = self.modules / self.used if self.used else 0
        return f"{self.name}: {self.failed} failed, {self.used:.0f} CPU seconds, {rate:.1f} scripts/s"


def make_module(seed, folder):
    """A module from this seed; None when the generator made an invalid one."""
    source = random.Random(seed)
    noise = os.path.join(folder, f"{seed}.bin")
    out = os.path.join(folder, f"{seed}.wasm")
    with open(noise, "wb") as file:
        file.write(source.randbytes(source.choice([500, 2000, 8000, 30000])))
    done = subprocess.run(["wasm-opt", "-ttf", noise, "--denan", "-o", out, *FEATURES],
                          capture_output=True, timeout=60)
    os.unlink(noise)
    return out if done.returncode == 0 else None


def run_node(node, *arguments):
    command = [node, "--no-warnings", os.path.join(HERE, "oracle.mjs"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"the oracle failed: {done.stderr.strip()}")
    return done.stdout.splitlines()


def write_own(node, folder, seeds):
    """The modules and scripts of our own generator."""
    run_node(node, "--generate", folder, seeds.start, len(seeds))
    return [os.path.join(folder, f"{seed}.json") for seed in seeds]


def write_wasm_opt(node, folder, seeds):
    """A module of wasm-opt and its script for each seed, but for those that V8 did not accept."""
    modules = [module for module in (make_module(seed, folder) for seed in seeds) if module]
    lines = run_node(node, os.path.join(folder, "support.wasm"), *modules)
    scripts = []
    for path, line in zip(modules, lines, strict=True):
        if json.loads(line) is not None:
            script = path.removesuffix(".wasm") + ".json"
            with open(script, "w", encoding="utf-8") as file:
                file.write(line)
            scripts.append(script)
    return scripts


def run_copper(copper, way, scripts):
    """What Copper did otherwise, or None."""
    features, mode = way
    command = [*copper.words, "spec", "--cpu-features", features, "--memory-mode", mode, *scripts]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, errors="replace")
    except subprocess.TimeoutExpired:
        return "timed out"
    if done.returncode == 0:
        return None
    return f"{features}, {mode}, status {done.returncode}: {(done.stdout + done.stderr).strip()}"


def compare(copper, scripts):
    """Pairs of script and fault: all scripts at once, and if anything is wrong each alone."""
    before = cpu_seconds()
    bad = [way for way in copper.ways if run_copper(copper, way, scripts)]
    for script in scripts:
        faults = (run_copper(copper, way, [script]) for way in bad)
        yield script, next((fault for fault in faults if fault), None)
    copper.modules += len(scripts)
    copper.used += cpu_seconds() - before


def keep(folder, target, script):
    """Copies a script and its modules."""
    os.makedirs(target, exist_ok=True)
    stem = os.path.basename(script).removesuffix("json")
    for name in os.listdir(folder):
        if name.startswith(stem) or name == "support.wasm":
            shutil.copy(os.path.join(folder, name), target)


def clear(folder):
    for name in os.listdir(folder):
        if name != "support.wasm":
            os.unlink(os.path.join(folder, name))


def cpu_seconds():
    """Of all that ran for us, the oracle included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--copper", required=True, nargs="+", metavar="COMMAND")
    parser.add_argument("--node", required=True)
    parser.add_argument("--own", action="store_true", help="our own generator, not wasm-opt's")
    parser.add_argument("--log", action="store_true", help="tell each range of seeds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1 << 60)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--keep", help="where failing modules and their scripts are left")
    options = parser.parse_args()
    write = write_own if options.own else write_wasm_opt
    coppers = [Copper(words) for words in options.copper]
    passed = failed = skipped = 0
    begin, seed, end = time.monotonic(), options.seed, options.seed + options.count
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["wat2wasm", os.path.join(HERE, "support.wat"), "-o",
                        os.path.join(folder, "support.wasm")], check=True)
        while seed < end and time.monotonic() - begin < options.seconds:
            seeds = range(seed, min(seed + BATCH, end))
            seed = seeds.stop
            scripts = write(options.node, folder, seeds)
            skipped += len(seeds) - len(scripts)
            bad = set()
            for copper in coppers:
                for script, fault in compare(copper, scripts):
                    if fault is not None:
                        bad.add(script)
                        copper.failed += 1
                        print(f"{os.path.basename(script)}: {copper.name}: {fault[:2000]}", flush=True)
                        if options.keep:
                            keep(folder, options.keep, script)
            passed += len(scripts) - len(bad)
            failed += len(bad)
            clear(folder)
            if options.log:
                print(f"seeds {seeds.start} to {seed - 1}: {failed} failed so far, "
                      f"{cpu_seconds():.0f} CPU seconds", *(f"; {copper.log()}" for copper in coppers),
                      sep="", flush=True)
    print(f"seeds {options.seed} to {seed - 1}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
