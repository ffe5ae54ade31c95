# SPDX-License-Identifier: MIT
"""Whole programs in each place: on Linux, booted on a bare machine, and under V8. What they print
and how they end must be the same everywhere."""

import sqlite3

import pytest

from conftest import BUILD, PROGRAMS, ROOT

TEXT = (ROOT / "STYLE.md").read_bytes()


class Case:
    """A program, its arguments and input, and the folders it is given (HOST, GUEST)."""

    def __init__(self, program, *arguments, stdin=b"", folders=(), env=(), status=0, shows=(),
                 options=()):
        self.program, self.arguments, self.stdin = PROGRAMS / f"{program}.wasm", arguments, stdin
        self.folders, self.env, self.status, self.shows = folders, env, status, shows
        self.options = options

    def on_linux(self, tmp):
        """What follows `copper run`, or the oracle's runner: folders are given, /tmp among them."""
        folders = [*self.folders, (tmp, "/tmp")]
        options = [word for folder, guest in folders for word in ("--dir", f"{folder}::{guest}")]
        return [*options, *self.rest()]

    def booted(self):
        """What follows `copper boot`: files are put into the machine, whose /tmp is its own."""
        options = [word for folder, guest in self.folders for file in sorted(folder.iterdir())
                   for word in ("--file", f"{file}::{guest}/{file.name}")]
        return [*options, *self.rest()]

    def rest(self):
        return [*self.options, *(word for pair in self.env for word in ("--env", pair)),
                self.program, *self.arguments]


SPEECH = "Copper runs what exists, in one thousand and twenty four ways."

CASES = {
    "hello": Case("hello", shows=[b"Hello from WebAssembly.\n"]),
    "tour": Case("tour", "/tmp", "two words", "\u00fc", stdin=b"one\ntwo\nthree",
                 env=["COLOR=copper red"], status=7,
                 shows=[b"argument 2: two words", b"stdin: 2 lines, 13 bytes", b"COLOR: copper red",
                        b"entries: 1", b"clock runs forward", b"random bytes are different"]),
    "rust": Case("words", "7", stdin=TEXT, shows=[b"different words", b" the\n"]),
    "sqlite": Case("sqlite3", "/tmp/demo.db", ".read /demo/demo.sql",
                   folders=[(BUILD / "demo", "/demo")],
                   shows=[b"ok", b"What Copper is made of", b"checksum"]),
    "sqlite-stdin": Case("sqlite3", stdin=b"select 6*7, sqlite_version();\n", shows=[b"42|3.40.1"]),
    "python": Case("python", "/demo/demo.py", "/demo/demo.py",
                   folders=[(ROOT / "programs/python", "/demo")],
                   shows=[b"Python 3.12.0", b"queens(6): 4", b"read back: True"]),
    "python-doctests": Case("python", "/demo/doctests.py",
                            folders=[(ROOT / "programs/python", "/demo")],
                            shows=[b"\nall: 427 examples, 0 failed\n"]),
    "c++": Case("orders", stdin=TEXT, status=3,
                shows=[b"name: text copper", b"fibonacci 17711"]),
    "assemblyscript": Case("sketch", "a", "two words", status=5,
                           shows=[b"arguments: a, two words", b"life: 531"]),
    "prolog": Case("trealla", "/puzzles/puzzles.pl", options=["--trap-unknown-imports"],
                   folders=[(ROOT / "programs/prolog", "/puzzles")],
                   shows=[b"queens(6): 4", b"caught: instantiation_error"]),
    "flite": Case("flite", "-psdur", "-t", SPEECH, "-o", "/tmp/speech.wav",
                  shows=[b"pau:0.220 k:0.324"]),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """expected(NAME, node): what V8 says of a case; each is run once."""
    known = {}

    def ask(name, node):
        if name not in known:
            case = CASES[name]
            known[name] = node(*case.on_linux(tmp_path_factory.mktemp(name)), stdin=case.stdin)
            assert known[name].returncode == case.status, known[name].stderr.decode()
            for part in case.shows:
                assert part in known[name].stdout
        return known[name]

    return ask


def compare(case, actual, oracle):
    assert actual.stdout.decode() == oracle.stdout.decode(), actual.stderr.decode()
    assert oracle.stderr.decode() in actual.stderr.decode()
    assert actual.returncode == case.status, actual.stderr.decode()


@pytest.mark.parametrize("name", CASES)
def test_on_linux(name, copper, node, expected, tmp_path):
    case = CASES[name]
    compare(case, copper("run", *case.on_linux(tmp_path), stdin=case.stdin), expected(name, node))


# The other machines, as `copper boot` names them. What takes them long is left to `make test-all`.
OTHERS = {"virt": ("aarch64", "virt"), "raspi3b": ("aarch64", "raspi3b"), "riscv64": ("riscv64", "virt")}
EVERY_DAY = {"hello", "tour", "rust", "c++", "assemblyscript", "sqlite-stdin"}


@pytest.mark.parametrize("name", CASES)
def test_booted(name, copper, node, expected):
    case = CASES[name]
    compare(case, copper("boot", *case.booted(), stdin=case.stdin), expected(name, node))


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[] if name in EVERY_DAY else [pytest.mark.slow]) for name in CASES])
def test_booted_elsewhere(name, other, copper, node, expected):
    """The same bytes say the same on every machine."""
    case, (cpu, kind) = CASES[name], OTHERS[other]
    done = copper("boot", "--cpu", cpu, "--machine", kind, *case.booted(), stdin=case.stdin, timeout=900)
    compare(case, done, expected(name, node))


# The same in the modes that a machine is not in by itself: programs that compile much, and use much memory.
MODES = [(other, setting) for other in OTHERS for setting in ("memory=checked", "paging=sv39")
         if setting != "paging=sv39" or other == "riscv64"]


@pytest.mark.slow
@pytest.mark.parametrize("other, setting", MODES)
@pytest.mark.parametrize("name", ["sqlite", "python", "flite", "c++", "rust"])
def test_booted_in_other_modes(name, other, setting, copper, node, expected):
    case, (cpu, kind) = CASES[name], OTHERS[other]
    done = copper("boot", "--cpu", cpu, "--machine", kind, "--set", setting, *case.booted(), stdin=case.stdin,
                  timeout=900)
    compare(case, done, expected(name, node))


def test_speech_is_the_same(copper, node, tmp_path):
    """The sound itself: 16-bit samples out of much floating point, compared as bytes."""
    waves = []
    for run_one, place in ((lambda *words: copper("run", *words), "copper"), (node, "node")):
        folder = tmp_path / place
        folder.mkdir()
        done = run_one("--dir", f"{folder}::/out", PROGRAMS / "flite.wasm", "-t", SPEECH, "-o",
                       "/out/speech.wav")
        assert done.returncode == 0, done.stderr
        waves.append((folder / "speech.wav").read_bytes())
    assert waves[0] == waves[1]
    assert waves[0].startswith(b"RIFF") and len(waves[0]) > 50_000 and len(set(waves[0])) > 200


def test_booted_from_disk(copper, node, expected):
    """The same through the BIOS and the disk's own loader."""
    case = CASES["hello"]
    compare(case, copper("boot", "--via", "bios", *case.booted()), expected("hello", node))


@pytest.mark.parametrize("how, reason", [("divide", "divide"), ("reach", "bounds"),
                                         ("", "unreachable")])
@pytest.mark.parametrize("place", ["run", "boot"])
def test_trap_is_told_with_names(place, how, reason, copper):
    done = copper(place, PROGRAMS / "trap.wasm", *filter(None, [how]))
    told = done.stderr.decode()
    assert done.returncode == 134, told
    assert done.stdout == b"about to trap\n"
    assert reason in told
    names = ([how] if how else []) + ["choose", "main", "_start"]
    places = [told.find(name) for name in names]
    assert -1 not in places and places == sorted(places), told


def test_sqlite_database_stays_on_linux(copper, tmp_path):
    """What one run wrote to a file, the next reads; and this machine's own SQLite agrees."""
    folder = ["--dir", f"{tmp_path}::/data"]
    database = "/data/numbers.db"
    made = copper("run", *folder, PROGRAMS / "sqlite3.wasm", database,
                  "create table n(x); insert into n select value from generate_series(1,1000);")
    assert made.returncode == 0, made.stderr
    read = copper("run", *folder, PROGRAMS / "sqlite3.wasm", database, "select sum(x) from n;")
    assert read.stdout == b"500500\n", read.stderr
    assert not list(tmp_path.glob("*.lock")), "a lock was left behind"
    assert sqlite3.connect(tmp_path / "numbers.db").execute(
        "select count(*) from n").fetchone() == (1000,)
