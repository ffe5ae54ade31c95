# SPDX-License-Identifier: MIT
"""Prints how long programs take as ratios to native code, all measured in this one run: Copper on
Linux, and V8 with its baseline and its optimising compiler. The programs time themselves (the
shortest of five), so that start-up does not count; it is shown apart. Every place must compute the
same. usage: run.py NATIVE_FOLDER WASM_FOLDER COPPER NODE HELLO"""

import math
import pathlib
import subprocess
import sys
import time

TIMEOUT_S = 600
STARTS = 5


def measure(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command)}: {done.stderr}")
    checksum, nanoseconds = done.stdout.split()
    return checksum, int(nanoseconds)


def start_ms(command):
    """From the start of the process to its end: the shortest of a few."""
    best = math.inf
    for _ in range(STARTS):
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT_S)
        best = min(best, time.monotonic() - begin)
    return best * 1000


def main():
    native, wasm, copper, node, hello = sys.argv[1:]
    v8 = [node, "--no-warnings"]
    runner = str(pathlib.Path(__file__).parent.parent / "test" / "run_wasi.mjs")
    places = {
        "copper": [copper, "run"],
        "v8 baseline": [*v8, "--liftoff", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering", runner],
        "v8 optimising": [*v8, "--no-liftoff", runner],
    }
    print(f"{'time / native':<16}{'native ms':>12}" + "".join(f"{p:>15}" for p in places))
    ratios = {place: [] for place in places}
    for module in sorted(pathlib.Path(wasm).glob("*.wasm")):
        checksum, base = measure([f"{native}/{module.stem}"])
        line = f"{module.stem:<16}{base / 1e6:>12.2f}"
        for place, command in places.items():
            same, taken = measure([*command, str(module)])
            if same != checksum:
                sys.exit(f"bench: {module.stem}: {place} says {same}, native {checksum}")
            ratios[place].append(taken / base)
            line += f"{taken / base:>15.2f}"
        print(line, flush=True)
    means = [math.exp(sum(map(math.log, all)) / len(all)) for all in ratios.values()]
    print(f"{'geometric mean':<28}" + "".join(f"{mean:>15.2f}" for mean in means))
    print("\nstart and end of a program that says hello, ms")
    for place, command in places.items():
        print(f"{place:<16}{start_ms([*command, hello]):>12.1f}")


main()
