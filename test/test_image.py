# SPDX-License-Identifier: MIT
"""The default image, as `make run` boots it: all ways in reach the program, which prints what it
prints under V8, and the machine switches itself off."""

import gzip
import hashlib
import io
import tarfile

import pytest

from conftest import BUILD, OVMF, PROGRAMS, run
from machines import MACHINES

INITRD_MAX = 4 * 1024 * 1024  # what any loader carries


def program_output(serial):
    """What the program wrote to the serial line, without the kernel's lines around it."""
    lines = serial.replace("\r\n", "\n").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("[", "copper: ")))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    known = []

    def ask(node):
        if not known:
            known.append(node("--dir", f"{BUILD / 'demo'}::/demo",
                              "--dir", f"{tmp_path_factory.mktemp('demo')}::/tmp",
                              PROGRAMS / "sqlite3.wasm", "/tmp/demo.db", ".read /demo/demo.sql"))
            assert known[0].returncode == 0, known[0].stderr
        return known[0].stdout.decode()

    return ask


@pytest.mark.parametrize("way", ["bios", "kernel", "uefi"])
def test_default_image(way, machine, image, node, expected):
    loader = {"bios": [], "kernel": ["-kernel", BUILD / "x86_64/loader.bin"],
              "uefi": ["-bios", OVMF]}[way]
    started = machine(*loader, "-drive", f"file={image},format=raw")
    started.expect(r"^copper: exit 0\r?$")
    assert started.wait() == 0
    assert expected(node) in program_output(started.serial())


def test_initrd_is_small_enough_for_any_loader():
    """Unpacked: loaders unpack it into memory that they must have found."""
    with gzip.open(BUILD / "x86_64/initrd.gz") as file:
        assert len(file.read()) < INITRD_MAX


BOOT_PARTITION = 2048 * 512  # bytes into the image
INITRDS = {kind.cpu: f"::BOOTBOOT/{kind.cpu.upper()}" for kind in MACHINES.values()}


def files_of(image, initrd):
    """{name: SHA-256} of what the image has for a CPU."""
    done = run(["mcopy", "-n", "-i", f"{image}@@{BOOT_PARTITION}", initrd, "-"])
    assert done.returncode == 0, done.stderr
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(done.stdout))) as archive:
        return {entry.name.removeprefix("./"): hashlib.sha256(archive.extractfile(entry).read()).hexdigest()
                for entry in archive if entry.isfile()}


def test_programs_are_the_same_for_every_cpu():
    """Byte for byte, and so is all else but the kernel."""
    found = {cpu: files_of(BUILD / "copper.img", initrd) for cpu, initrd in INITRDS.items()}
    kernels = {files.pop("sys/core") for files in found.values()}
    assert len(kernels) == len(found) == 3
    first = found["x86_64"]
    assert all(files == first for files in found.values()), found
    assert {name for name in first if name.endswith(".wasm")} >= {
        "bin/hello.wasm", "bin/sqlite3.wasm", "sys/wasi_snapshot_preview1.wasm"}
