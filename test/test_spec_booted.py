# SPDX-License-Identifier: MIT
"""The specification's scripts within booted kernels: all those that run on Linux, on every machine, in
both memory modes and with each size of page tables. kernel-spec.elf runs them: a kernel with the runner
that `copper spec` has, where others have what starts programs (kernel/spec)."""

import re
import tarfile

import pytest

from conftest import BUILD
from machines import MACHINES
from run import SPEC_MODES, expected_failures

# They keep more memories than guard regions find room for in the 192 GiB that Sv39 leaves for them.
TOO_WIDE_FOR_SV39 = {"align", "data", "data1", "exports0", "memory_copy", "memory_init"}

CASES = [(machine, mode, paging) for machine, kind in MACHINES.items() for mode in SPEC_MODES
         for paging in kind.pagings]


def config(mode, paging):
    lines = ["start=spec.pack", "after=poweroff", "panic=poweroff", f"memory={mode}",
             f"paging={paging}"]
    return "".join(f"{line}\n" for line in lines)


def initrd(path, cpu, pack):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(BUILD / cpu / "kernel-spec.elf", "sys/core")
        archive.add(pack, "spec.pack")
    return path


@pytest.mark.parametrize("kind, mode, paging", CASES,
                         ids=["-".join(filter(None, case)) for case in CASES])
def test_scripts(copper, machine, specification, tmp_path, kind, mode, paging):
    """As on Linux: what fails is what is known to, and nothing is left out."""
    scripts = [script for script in specification
               if not (mode == "guard" and paging and script.stem in TOO_WIDE_FOR_SV39)]
    kind, pack, disk, text = MACHINES[kind], tmp_path / "pack", tmp_path / "disk", tmp_path / "config"
    text.write_text(config(mode, paging))
    assert copper("spec", "--pack", pack, *scripts).returncode == 0
    assert copper("image", "--out", disk, "--config", text, "--initrd",
                  f"{kind.cpu}={initrd(tmp_path / 'initrd', kind.cpu, pack)}").returncode == 0
    started = machine(*kind.arguments(disk), program=kind.program)
    assert started.wait() == 0
    told = started.serial()
    places = {match[1] for match in re.finditer(r"error test: (\S+\.wast:\d+): .*", told)}
    passed, failed, skipped = map(int, re.search(
        r"specification: (\d+) passed, (\d+) failed, (\d+) skipped", told).groups())
    names = {script.stem for script in scripts}
    assert places == {place for place in expected_failures() if place.split(".wast")[0] in names}, told
    assert failed == len(places)
    here = copper("spec", "--memory-mode", mode, *scripts).stdout.decode().splitlines()[-1]
    assert here == f"{passed} passed, {failed} failed, {skipped} skipped" and passed > 20_000
