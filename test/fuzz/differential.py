#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares Copper with V8 on random valid modules.

Each seed makes one module with wasm-opt's generator (without NaNs, whose bits may differ); the oracle
runs all its exports under V8 and writes what happened as a specification script, which `copper spec`
must then pass: results, trap kinds, a hash of the memory, and of everything that was logged.

usage: differential.py --copper COMMAND --node NODE [--seed N] [--count N | --seconds S] [--keep DIR]
The last line is "N passed, N failed, N skipped", in modules.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

FEATURES = ["--enable-bulk-memory", "--enable-sign-ext", "--enable-nontrapping-float-to-int",
            "--enable-multivalue", "--enable-mutable-globals"]
HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 40


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


def ask_oracle(node, folder, modules):
    """Writes a script beside each module; returns those that V8 accepted."""
    support = os.path.join(folder, "support.wasm")
    command = [node, "--no-warnings", os.path.join(HERE, "oracle.mjs"), support, *modules]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"the oracle failed: {done.stderr.strip()}")
    scripts = []
    for path, line in zip(modules, done.stdout.splitlines(), strict=True):
        if json.loads(line) is not None:
            script = path.removesuffix(".wasm") + ".json"
            with open(script, "w", encoding="utf-8") as file:
                file.write(line)
            scripts.append(script)
    return scripts


def compare(copper, script):
    """What Copper did otherwise, or None."""
    try:
        done = subprocess.run([copper, "spec", script], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "timed out"
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--copper", required=True)
    parser.add_argument("--node", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1 << 60)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--keep", help="where failing modules and their scripts are left")
    options = parser.parse_args()
    passed = failed = skipped = 0
    begin, seed, end = time.monotonic(), options.seed, options.seed + options.count
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["wat2wasm", os.path.join(HERE, "support.wat"), "-o",
                        os.path.join(folder, "support.wasm")], check=True)
        while seed < end and time.monotonic() - begin < options.seconds:
            seeds = range(seed, min(seed + BATCH, end))
            seed = seeds.stop
            modules = [module for module in (make_module(s, folder) for s in seeds) if module]
            scripts = ask_oracle(options.node, folder, modules)
            skipped += len(seeds) - len(scripts)
            for script in scripts:
                fault = compare(options.copper, script)
                passed += fault is None
                failed += fault is not None
                if fault is not None:
                    print(f"{os.path.basename(script)}: {fault}", flush=True)
                    if options.keep:
                        os.makedirs(options.keep, exist_ok=True)
                        stem = script.removesuffix(".json")
                        for path in (script, stem + ".wasm", os.path.join(folder, "support.wasm")):
                            subprocess.run(["cp", path, options.keep], check=True)
            for path in modules + scripts:
                os.unlink(path)
    print(f"seeds {options.seed} to {seed - 1}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
