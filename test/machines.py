# SPDX-License-Identifier: MIT
"""The machines that Copper boots on, as QEMU plays them: what is run on each of them is parametrised by
MACHINES. Each starts by QEMU's own loading of our loader, from a disk that a test made."""

import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


class Kind:
    """A machine: its CPU, what QEMU is asked for, and what follows from its hardware."""

    def __init__(self, cpu, options, disk, screen, *, cores=None, pagings=("",)):
        self.cpu, self.options, self.disk, self.screen = cpu, options, disk, screen
        self.cores = cores       # if it always has so many
        self.pagings = pagings   # that CONFIG may ask for
        self.program = f"qemu-system-{cpu}"
        self.loader = BUILD / cpu / ("loader.bin" if cpu == "x86_64" else "loader.img")

    def arguments(self, image, *, cores=1, memory=128):
        """What QEMU is given: `memory` is MiB. One whose number of cores is fixed has its memory so, too."""
        sizes = [] if self.cores else ["-smp", cores, "-m", memory]
        return [*self.options, *sizes, "-kernel", self.loader, "-drive",
                f"file={image},format=raw{self.disk}"]


# A screen is there on a PC and on a Raspberry Pi; the others are given one.
MACHINES = {
    "pc": Kind("x86_64", [], "", []),
    "virt": Kind("aarch64", ["-M", "virt", "-cpu", "cortex-a53"], ",if=virtio", ["-device", "ramfb"]),
    "raspi3b": Kind("aarch64", ["-M", "raspi3b"], ",if=sd", [], cores=4),
    "riscv64": Kind("riscv64", ["-M", "virt"], ",if=virtio", ["-device", "bochs-display"],
                    pagings=("", "sv39")),
}

# For tests that use the fixtures `kind`, `boot` or `screen_boot`: run on each of them.
every_machine = pytest.mark.parametrize("kind", MACHINES.values(), ids=MACHINES)
