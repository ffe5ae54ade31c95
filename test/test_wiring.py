# SPDX-License-Identifier: MIT
"""The wiring file of an image: put there, and checked against what the image holds."""
import gzip
import io
import tarfile
import subprocess

import pytest

from conftest import BUILD

GOOD = """process one
    module bin/one.wasm
    kind handler
    priority 3
    serves clock
process two
    module bin/one.wasm
    kind wasi
    priority 4
    use clock = one
"""


@pytest.fixture
def make(copper, tmp_path):
    """make(WIRING, ARGUMENT...): an image with bin/one.wasm. Returns what `copper image` did."""

    def start(wiring, *arguments):
        (tmp_path / "my.wiring").write_text(wiring)
        (tmp_path / "one.wasm").write_bytes(b"\0asm\1\0\0\0")
        return copper("image", "--out", tmp_path / "image", "--add", f"{tmp_path}/one.wasm=/bin/one.wasm",
                      *(arguments or ("--wiring", tmp_path / "my.wiring")))

    return start


def files_of(image, cpu):
    done = subprocess.run(["mcopy", "-n", "-i", f"{image}@@{2048 * 512}", f"::BOOTBOOT/{cpu}", "-"],
                          capture_output=True, check=True)
    data = done.stdout if done.stdout[:2] != b"\x1f\x8b" else gzip.decompress(done.stdout)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name.removeprefix("./"): archive.extractfile(entry).read() for entry in archive
                if entry.isfile()}


def test_goes_into_every_initrd(make, tmp_path):
    done = make(GOOD)
    assert done.returncode == 0, done.stderr.decode()
    for cpu in ("X86_64", "AARCH64", "RISCV64"):
        assert files_of(tmp_path / "image", cpu)["wiring"].decode() == GOOD


def test_all_mistakes_are_told_with_their_places(make, tmp_path):
    wrong = GOOD.replace("priority 4", "priority 3").replace("module bin/one", "module bin/won", 1)
    done = make(wrong + "    memory 5 stones\n")
    name = tmp_path / "my.wiring"
    assert done.returncode == 1 and not (tmp_path / "image").exists()
    assert done.stderr.decode() == (
        f"{name}:11:14: expected a unit (KiB, MiB or GiB)\n"
        f"{name}:2:12: the image has no file \"bin/won.wasm\"\n"
        f"{name}:10:17: \"one\" (priority 3) must be more urgent than \"two\" (priority 3), which may call "
        f"it: give it a smaller number\n")


def test_one_that_is_there_already_is_checked(make, tmp_path):
    done = make("process one\n", "--add", f"{tmp_path}/my.wiring=/wiring")
    assert done.returncode == 1
    assert done.stderr.decode().startswith('wiring:1:9: process "one" has no "module"\n')


def test_one_replaces_another(make, copper, tmp_path):
    assert make(GOOD).returncode == 0
    (tmp_path / "other.wiring").write_text("# Only two\n" + GOOD)
    done = copper("image", "--base", tmp_path / "image", "--out", tmp_path / "second", "--wiring",
                  tmp_path / "other.wiring")
    assert done.returncode == 0, done.stderr.decode()
    assert files_of(tmp_path / "second", "X86_64")["wiring"].startswith(b"# Only two\n")


def test_default_image_has_its_own():
    wiring = files_of(BUILD / "copper.img", "X86_64")["wiring"].decode()
    assert wiring == (BUILD.parent / "image/default.wiring").read_text()
