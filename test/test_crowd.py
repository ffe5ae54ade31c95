# SPDX-License-Identifier: MIT
"""Many processes at once, each of which answers, and nothing is left of them when they are gone
(test/guest/crowd.c): booted, and on the host port."""
import subprocess
import sys

import pytest

from conftest import BUILD, ROOT
from machines import MACHINES

sys.path.insert(0, str(ROOT / "bench"))
from alone import wiring  # noqa: E402
from crowd import numbers  # noqa: E402

CROWD = BUILD / "test" / "crowd.wasm"
PAGE_BYTES, WASM_PAGE_BYTES, STACK_BYTES = 4096, 65536, 32768


@pytest.fixture
def text(tmp_path):
    """text(COUNT): a wiring file with the crowd in the shell's place."""
    def make(count):
        file = tmp_path / "wiring"
        file.write_text(wiring(f"crowd {count}", count + 64))
        return file
    return make


# Of the machine's memory each takes 64 KiB, its stack and some 18 KB; a Raspberry Pi's is fixed.
@pytest.mark.parametrize("name, count, memory", [("pc", 4000, 512), ("virt", 500, 128), ("raspi3b", 300, 1024),
                                                 ("riscv64", 500, 128)])
def test_crowd_booted(copper, machine, text, tmp_path, name, count, memory):
    kind, disk = MACHINES[name], tmp_path / "disk"
    done = copper("image", "--out", disk, "--base", BUILD / "copper.img", "--wiring", text(count), "--add",
                  f"{CROWD}=/bin/crowd.wasm")
    assert done.returncode == 0, done.stderr.decode()
    started = machine(*kind.arguments(disk, memory=memory), program=kind.program)
    started.expect(r"^whole \d+$")
    assert started.wait() == 0
    told = numbers(started.serial())
    # What the heap and each core keep differs, but not by how many there were.
    assert told["left"] < 16 * PAGE_BYTES * (kind.cores or 1), told
    promised = WASM_PAGE_BYTES + STACK_BYTES
    assert promised < told["memory"] < promised + 8 * PAGE_BYTES
    assert told["used"] < 10 * PAGE_BYTES
    assert 0 < told["kernel"] < 2 * PAGE_BYTES


def test_crowd_on_the_host(text):
    command = [BUILD / "host/copper", "start", "--wiring", text(2000), "--add", f"{CROWD}=/bin/crowd.wasm",
               BUILD / "x86_64/initrd.gz"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert numbers(done.stdout)["kernel"] < 2 * PAGE_BYTES
