#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a message of 64 bytes takes on booted machines, in instructions: of the kernel, and of everything,
the two processes' own code and the gates' stubs included.

Instructions are counted by QEMU's plugin (bench/count), those of the kernel by its addresses. The default image runs
test/guest/pair.c in the shell's place, with one core where a machine has not always more; what counts
is the difference between few messages and many, so neither starting nor compiling does. The machine's
clock counts instructions, too, so that a run is like the other.

usage: booted.py COUNT.so COPPER IMAGE PAIR.wasm
"""
import pathlib
import subprocess
import sys
import tempfile

from alone import ROOT, wiring

sys.path.insert(0, str(ROOT / "test"))
from machines import MACHINES  # noqa: E402

KERNEL = 0xFFFF_FFFF_FFE0_0000  # the protocol's address of a kernel's image, doc/boot.md
TEXTS = {"call": "call and answer", "send": "send, one to one"}
FEW, MANY = 1_000, 21_000
LIMIT_S = 300


class Bench:
    """The machines, the plugin, and a folder for disks and sums."""

    def __init__(self, folder, plugin, copper, image, pair):
        self.folder, self.plugin, self.copper = pathlib.Path(folder), plugin, copper
        self.image, self.pair = image, pair

    def disk(self, what, count):
        """The default image, in which two processes exchange so many messages."""
        text, disk = self.folder / "wiring", self.folder / "disk"
        text.write_text(wiring(f"pair {what} {count}", 64))
        subprocess.run([self.copper, "image", "--out", disk, "--base", self.image, "--wiring", text, "--add",
                        f"{self.pair}=/bin/pair.wasm"], check=True)
        return disk

    def count(self, kind, disk, least):
        """Instructions from power-on to power-off whose addresses are not below `least`."""
        out = self.folder / "sum"
        command = [kind.program, *kind.arguments(disk), "-nodefaults", "-display", "none", "-no-reboot",
                   "-serial", "stdio", "-icount", "shift=0,sleep=off",
                   "-plugin", f"{self.plugin},out={out},from={least:x}"]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT_S)
        if done.returncode != 0 or "pair:" in done.stdout:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
        return int(out.read_text())

    def message(self, kind, what):
        """Instructions of one message: of the kernel, and of everything."""
        sums = {count: [self.count(kind, self.disk(what, count), least) for least in (KERNEL, 0)]
                for count in (FEW, MANY)}
        return [(many - few) / (MANY - FEW) for few, many in zip(sums[FEW], sums[MANY])]


def main():
    names = ("pc", "virt", "riscv64")
    print("| 64 bytes, booted: instructions of the kernel (of everything) | " + " | ".join(
        MACHINES[name].cpu for name in names) + " |")
    print("|---" * (1 + len(names)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, *sys.argv[1:])
        for what, text in TEXTS.items():
            found = [bench.message(MACHINES[name], what) for name in names]
            print(f"| {text} | " + " | ".join(f"{kernel:.0f} ({whole:.0f})" for kernel, whole in found) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
