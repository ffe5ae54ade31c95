# SPDX-License-Identifier: MIT
"""The default image by each way in of doc/boot.md on the CPUs that have no BIOS, with one core and four: its
program, SQLite over a table of all sources, comes to the end with the same text as on Linux, and the machine is
off. QEMU is asked for nothing that the way does not need."""

import pathlib

import pytest
from conftest import BUILD, PROGRAMS, run

AAVMF = pathlib.Path("/usr/share/AAVMF/AAVMF_CODE.fd")
UBOOT = pathlib.Path("/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf")
VIRT = ["-M", "virt", "-cpu", "cortex-a53"]

# What QEMU is given, and how the image is attached. (U-Boot starts anew and anew in 128 MiB: doc/boot.md.)
WAYS = {
    "raspi3b": ("aarch64", ["-M", "raspi3b", "-kernel", BUILD / "aarch64/loader.img"], "sd"),
    "aarch64-uefi": ("aarch64", [*VIRT, "-bios", AAVMF, "-device", "ramfb"], "virtio"),
    "aarch64-kernel": ("aarch64", [*VIRT, "-kernel", BUILD / "aarch64/loader.img"], "virtio"),
    "riscv64-kernel": ("riscv64", ["-M", "virt", "-kernel", BUILD / "riscv64/loader.img"], "virtio"),
    "riscv64-uefi": ("riscv64", ["-M", "virt", "-m", 256, "-kernel", UBOOT], "virtio"),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the image's program prints, on Linux."""
    done = run([BUILD / "host/copper", "run", "--dir", f"{BUILD}/demo::/demo", "--dir",
                f"{tmp_path_factory.mktemp('tmp')}::/tmp", PROGRAMS / "sqlite3.wasm", "/tmp/demo.db",
                ".read /demo/demo.sql"])
    assert done.returncode == 0 and b"checksum" in done.stdout, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def alone(demo):
    """The same image, for one core alone: a Raspberry Pi 3 always has four, and QEMU takes no other number."""
    return demo("alone", "--set", "nosmp=1")


@pytest.mark.slow
@pytest.mark.parametrize("cores", [1, 4])
@pytest.mark.parametrize("way", WAYS)
def test_default_image(way, cores, machine, image, alone, expected):
    cpu, options, bus = WAYS[way]
    fixed = way == "raspi3b"
    made = machine(*options, *([] if fixed else ["-smp", cores]), "-drive",
                   f"file={alone if fixed and cores == 1 else image},if={bus},format=raw",
                   program=f"qemu-system-{cpu}")
    assert made.wait(600) == 0
    told = made.serial()
    assert expected in told and "copper: exit 0" in told, told
    if fixed and cores == 1:
        assert "cores run" not in told, told
    else:
        assert f"{cores} of {cores} cores run" in told, told
