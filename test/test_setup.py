# SPDX-License-Identifier: MIT
"""The way in: setup, fetching, the test summary itself. A stranger meets these first."""

import hashlib
import os
import subprocess
import sys

from conftest import ROOT, run


def test_setup_has_nothing_left_to_do():
    done = run([ROOT / "tools/setup"])
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_setup_names_what_it_would_install(tmp_path):
    """On a machine that lacks everything it asks apt-get for all of it, by name, and says so."""
    for tool, script in {"dpkg-query": "exit 1", "id": "echo 0", "env": 'shift; exec "$@"',
                         "apt-get": f'echo "$@" >>{tmp_path}/asked; exit 100'}.items():
        path = tmp_path / tool
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    done = subprocess.run([ROOT / "tools/setup"], capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    asked = (tmp_path / "asked").read_text().splitlines()
    assert done.returncode == 1
    assert "setup: installing with apt-get: clang-19" in done.stdout
    assert "install" in asked[0] and "wasi-libc" in asked[0] and "update" in asked[1]


def test_fetched_package_with_another_hash_is_refused(tmp_path):
    """npm is replaced by one that delivers something else under the right name."""
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\n'
                   'echo other >"$2/package.tgz"\n')
    npm.chmod(0o755)
    out = tmp_path / "out" / "package.tgz"
    expected = hashlib.sha512(b"pinned").digest().hex()
    done = subprocess.run([ROOT / "tools/fetch_npm", "name", "1.0.0", expected, out],
                          capture_output=True, text=True,
                          env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1 and "not what was pinned" in done.stderr
    assert list(out.parent.iterdir()) == []


def summary(*arguments):
    done = run([sys.executable, ROOT / "test/run.py", *arguments])
    return done.returncode, done.stdout.decode().splitlines()


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_summary_adds_up(tmp_path):
    good = script(tmp_path / "good", 'echo "good: 3 passed, 0 failed"')
    status, lines = summary("--unit", good, good)
    assert (status, lines[-1]) == (0, "6 passed, 0 failed, 0 skipped")


def test_summary_counts_what_fails(tmp_path):
    good = script(tmp_path / "good", 'echo "good: 3 passed, 0 failed"')
    for text in ('echo "bad: 1 passed, 2 failed"; exit 1', "kill -SEGV $$", "exit 0",
                 'echo "liar: 1 passed, 0 failed"; exit 1'):
        bad = script(tmp_path / "bad", text)
        status, lines = summary("--unit", good, bad)
        assert status == 1 and ", 0 failed" not in lines[-1], (text, lines)


def test_summary_skips_what_a_stranger_lacks(tmp_path):
    status, lines = summary("--spec", "copper", tmp_path / "core.tar.zst")
    assert (status, lines[-1]) == (0, "0 passed, 0 failed, 1 skipped")
    assert "TESTDATA" in "\n".join(lines)
