# SPDX-License-Identifier: MIT
"""A little of test/fuzz each time, always the same seeds: random modules compute what they compute
under V8. `make fuzz` goes on from there, without an end."""

import re
import sys

import pytest

from conftest import BUILD, ROOT, run

CASES = {
    "own": ["--own", "--seed", 1, "--count", 400],
    "wasm-opt": ["--seed", 1, "--count", 60],
    "own-sanitized": ["--own", "--seed", 100000, "--count", 80, "--copper", BUILD / "san/copper"],
}


@pytest.mark.parametrize("name", CASES)
def test_computes_what_v8_does(name):
    done = run([sys.executable, ROOT / "test/fuzz/differential.py", "--copper",
                BUILD / "host/copper", "--node", BUILD / "tools/node", *CASES[name]], timeout=1200)
    output = done.stdout.decode()
    assert done.returncode == 0, output + done.stderr.decode()
    passed = int(re.search(r"(\d+) passed, 0 failed", output)[1])
    assert passed >= 0.9 * CASES[name][CASES[name].index("--count") + 1]
