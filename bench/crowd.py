#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many processes on the host port: what each takes, and how fast one begins. test/guest/crowd.c says what
the names mean.

usage: crowd.py COPPER CROWD.wasm INITRD [COUNT]
"""
import resource
import re
import subprocess
import sys
import tempfile

from alone import wiring


def numbers(text):
    """What the program says among what else is said: {name: number}."""
    return {name: int(number) for name, number in
            re.findall(r"^(spawn|again|whole|kernel|memory|used|left) (\d+)\r?$", text, re.M)}


def main():
    copper, program, initrd = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    with tempfile.NamedTemporaryFile("w", suffix=".wiring") as file:
        file.write(wiring(f"crowd {count}", count + 64))
        file.flush()
        command = [copper, "start", "--wiring", file.name, "--add", f"{program}=/bin/crowd.wasm",
                   initrd]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = numbers(done.stdout)
    if done.returncode != 0 or "spawn" not in told:
        sys.exit(done.stdout + done.stderr)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"{count} processes at once: {peak >> 10} MiB of Linux's memory in all; an idle one has {told['kernel']} bytes "
          f"of the kernel; spawn to first instruction {told['spawn'] / 1000:.1f} us (median), one after the other "
          f"{told['again'] / 1000:.1f} us, a whole life then {told['whole'] / 1000:.1f} us")


if __name__ == "__main__":
    main()
