# SPDX-License-Identifier: MIT
"""The specification's scripts within booted kernels: all those that run on Linux, on every machine, in
both memory modes and with each size of page tables. kernel-spec.elf runs them: a kernel with the runner
that `copper spec` has, where others have what starts programs (kernel/spec)."""

import re

import pytest

from machines import MACHINES
from run import SPEC_MODES, expected_failures

# They keep more memories than guard regions find room for in the 192 GiB that Sv39 leaves for them.
TOO_WIDE_FOR_SV39 = {"align", "data", "data1", "exports0", "memory_copy", "memory_init"}

CASES = [(machine, mode, paging) for machine, kind in MACHINES.items() for mode in SPEC_MODES
         for paging in kind.pagings]


CONFIG = "start=spec.pack\nafter=poweroff\npanic=poweroff\nmemory={}\npaging={}\n"


@pytest.mark.parametrize("kind, mode, paging", [(MACHINES[case[0]], *case[1:]) for case in CASES],
                         ids=["-".join(filter(None, case)) for case in CASES])
def test_scripts(copper, boot, specification, tmp_path, mode, paging):
    """As on Linux: what fails is what is known to, and nothing is left out."""
    scripts = [script for script in specification
               if not (mode == "guard" and paging and script.stem in TOO_WIDE_FOR_SV39)]
    pack = tmp_path / "pack"
    assert copper("spec", "--pack", pack, *scripts).returncode == 0
    kernel = boot(CONFIG.format(mode, paging), files=[("spec.pack", pack)], kernel="kernel-spec.elf",
                  memory=512)
    assert kernel.wait() == 0
    told = kernel.serial()
    places = {match[1] for match in re.finditer(r"error test: (\S+\.wast:\d+): .*", told)}
    passed, failed, skipped = map(int, re.search(
        r"specification: (\d+) passed, (\d+) failed, (\d+) skipped", told).groups())
    names = {script.stem for script in scripts}
    assert places == {place for place in expected_failures() if place.split(".wast")[0] in names}, told
    assert failed == len(places)
    here = copper("spec", "--memory-mode", mode, *scripts).stdout.decode().splitlines()[-1]
    assert here == f"{passed} passed, {failed} failed, {skipped} skipped" and passed > 20_000
