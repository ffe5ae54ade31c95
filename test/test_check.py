# SPDX-License-Identifier: MIT
"""The cheap parts of `make check`: all but clang-tidy, which takes minutes."""

import os
import subprocess

import pytest
from conftest import ROOT, TIMEOUT_S


def check(*words):
    """make, as if called by hand, and not from the make that runs the tests."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    return subprocess.run(["make", *words], cwd=ROOT, env=environment, text=True, timeout=TIMEOUT_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


@pytest.mark.parametrize("what", ["format", "scripts", "headers", "symbols"])
def test_source_passes(what):
    done = check(f"check-{what}")
    assert done.returncode == 0, done.stdout


def test_untidy_source_does_not_pass(tmp_path):
    source = tmp_path / "untidy.c"
    source.write_text("int   x;\n")
    done = check("check-format", f"C_FILES={source}")
    assert done.returncode != 0 and "untidy.c" in done.stdout


def test_header_that_leans_on_another_does_not_pass(tmp_path):
    header = ROOT / "build" / "leaning.h"
    header.write_text("size_t leaning(void);\n")
    try:
        done = check("check-headers", "HEADERS=build/leaning.h")
    finally:
        header.unlink()
    assert done.returncode != 0 and "unknown type name 'size_t'" in done.stdout


def test_symbol_that_no_port_promises_does_not_pass():
    done = check("check-symbols", "ENGINE_FILES=kernel/port/panic.c")
    assert done.returncode != 0 and "what its port does not promise" in done.stdout
