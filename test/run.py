# SPDX-License-Identifier: MIT
"""Runs the tests and sums them up: the parts' own test programs, the specification's scripts, and
pytest, each with as many processes as there are CPUs. Each stage prints as it goes; the last line is
`N passed, N failed, N skipped`, and the exit status is 1 when anything failed. A stage that ran nothing
has failed, unless its data is absent."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

COUNT = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$")
UNIT_TIMEOUT_S = 300
SPEC_TIMEOUT_S = 900
WORKERS = os.cpu_count() or 1


class Total:
    """Passed, failed, skipped: of one stage or of all."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def say(text):
    print(text, flush=True)


def run_counted(command, timeout):
    """Runs a program whose last line counts. Dying, or failing in silence, is one failure more."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=timeout,
                              stdin=subprocess.DEVNULL)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace") if late.stdout else ""
        output, status = output + f"\ntimeout after {timeout} s\n", -1
    except OSError as error:
        output, status = f"{error}\n", -1
    lines = output.strip().splitlines()
    count = COUNT.search(lines[-1]) if lines else None
    total = Total(*(int(n or 0) for n in count.groups())) if count else Total()
    if status != 0 and total.failed == 0:
        output += f"{command[0]}: exit status {status}\n"
        total.failed = 1
    if total.passed + total.failed == 0:
        output += f"{command[0]}: counted no test\n"
        total.failed = 1
    return output, total


def run_all(function, many):
    """What the function gives for each, in their order, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(function, many)


def run_unit(programs):
    say("== unit tests")
    total = Total()
    if not programs:
        say("no unit tests were built")
        total.failed = 1
    for output, one in run_all(lambda program: run_counted([program], UNIT_TIMEOUT_S), programs):
        lines = output.strip().splitlines()
        say(output.strip() if one.failed else lines[-1])
        total.add(one)
    return total


# Groups of the archives whose scripts are run.
SPEC_GROUPS = ("core", "core-mixed", "multi-memory", "tail-call")
SPEC_MODES = ("guard", "checked")
SPEC_EXPECTED = pathlib.Path(__file__).parent / "spec-expected-failures.txt"
PLACE = re.compile(r"(\S+\.wast:\d+): ")


def expected_failures():
    """The places (`NAME.wast:LINE`) that fail for want of a feature, which stands behind each."""
    lines = SPEC_EXPECTED.read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


def judge_spec(output, total, expected):
    """What is expected to fail does not count, and fails when it passes. Gives what to say."""
    found = {match[1]: line for line in output.splitlines() if (match := PLACE.match(line))}
    wrong = [line for place, line in found.items() if place not in expected]
    wrong += [f"{place}: passes, but {SPEC_EXPECTED.name} lists it"
              for place in sorted(expected - found.keys())]
    known = sum(place in expected for place in found)
    total.skipped += known
    total.failed += len(wrong) - len(found)
    return wrong


def run_scripts(command, mode, scripts, at_once):
    """What all printed, and the sum."""
    printed, total = "", Total()
    for first in range(0, len(scripts), at_once):
        output, one = run_counted([*command, "spec", "--memory-mode", mode,
                                   *scripts[first:first + at_once]], SPEC_TIMEOUT_S)
        printed += output
        total.add(one)
    return printed, total


def run_spec(command, archives):
    """Under an emulator few scripts at a time: each 8 GiB reserved cost it memory that it keeps."""
    say(f"== specification tests: {command}")
    command = shlex.split(command)
    missing = [archive for archive in archives if not pathlib.Path(archive).exists()]
    if missing:
        say(f"skipped: no {missing[0]} (TESTDATA names the folder of the test data)")
        return Total(skipped=1)
    total = Total()
    with tempfile.TemporaryDirectory(prefix="copper-spec-") as folder:
        for archive in archives:
            subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder], check=True)
        scripts = sorted(str(path) for group in SPEC_GROUPS
                         for path in pathlib.Path(folder).rglob(f"{group}/*/*.json"))
        at_once = 1000 if len(command) == 1 else 8
        found = run_all(lambda mode: run_scripts(command, mode, scripts, at_once), SPEC_MODES)
        for mode, (output, one) in zip(SPEC_MODES, found):
            for line in judge_spec(output, one, expected_failures())[:60]:
                say(line)
            say(f"memory mode {mode}: {one}")
            total.add(one)
    return total


def run_system(folder, tier):
    say("== system tests")
    selection = [] if tier == "all" else ["-m", "not slow"]
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-rfEs", "--tb=short",
                               "-p", "no:cacheprovider", "-n", str(WORKERS), *selection,
                               "--junitxml", report.name, folder])
        try:
            suites = list(xml.etree.ElementTree.parse(report.name).iter("testsuite"))
        except xml.etree.ElementTree.ParseError:
            suites = []
    total = Total()
    for suite in suites:
        tests, failed, errors, skipped = (
            int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
        total.add(Total(max(0, tests - failed - errors - skipped), failed + errors, skipped))
    if done.returncode != 0 and total.failed == 0:
        say(f"pytest: exit status {done.returncode}")
        total.failed = 1
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unit", nargs="*", metavar="PROGRAM")
    parser.add_argument("--spec", nargs="+", action="append", default=[],
                        metavar=("COMMAND", "ARCHIVE"), help="may be an emulator's with the command")
    parser.add_argument("--system", metavar="FOLDER")
    parser.add_argument("--tier", choices=("everyday", "all"), default="all",
                        help="everyday leaves out the system tests that are marked slow")
    options = parser.parse_args()
    total = Total()
    if options.unit is not None:
        total.add(run_unit(options.unit))
    for command, *archives in options.spec:
        total.add(run_spec(command, archives))
    if options.system:
        total.add(run_system(options.system, options.tier))
    say(str(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
