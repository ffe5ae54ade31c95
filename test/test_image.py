# SPDX-License-Identifier: MIT
"""The default image, as `make run` boots it: all ways in reach the program, which prints what it
prints under V8, and the machine switches itself off."""

import gzip

import pytest

from conftest import BUILD, OVMF, PROGRAMS

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
