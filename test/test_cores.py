# SPDX-License-Identifier: MIT
"""All cores of a machine: they come up, answer one another, take work, and stop. The kernel tests
itself (test= in CONFIG, kernel/start/selftest.c) and says what it counted."""

import re

import pytest

CORES = (1, 2, 4, 8)
CALLS = 1000  # selftest.c
POSTS = 200


def found(kernel, pattern):
    match = re.search(pattern, kernel.serial(), re.MULTILINE)
    assert match, kernel.serial()
    return tuple(int(number) for number in match.groups())


@pytest.mark.parametrize("cores", CORES)
def test_calls_and_posts(boot, cores):
    """Every core has every other one called a thousand times, all at once, every second time with
    interrupts masked; then each takes work in turn, and refuses it while it has some."""
    kernel = boot("after=poweroff\ntest=cores\n", "-smp", cores)
    assert kernel.wait() == 0
    assert found(kernel, r"core: (\d+) of (\d+) cores run; the loader brought (\d+)$") == (cores,) * 3
    calls = cores * CALLS
    assert found(kernel, r"calls: (\d+) returned, made (\d+) times$") == (calls, calls * (cores - 1))
    assert found(kernel, r"posts: (\d+) ran, (\d+) refused$") == (POSTS * (cores - 1), cores)


def test_one_core_is_enough(boot):
    """nosmp= keeps both the loader and the kernel from starting others."""
    kernel = boot("after=poweroff\nnosmp=1\ntest=cores\n", "-smp", 2)
    assert kernel.wait() == 0
    assert found(kernel, r"calls: (\d+) returned, made (\d+) times$") == (CALLS, 0)
    assert "cores run" not in kernel.serial()


@pytest.mark.parametrize("cores", [2, 4])
def test_stop(boot, cores):
    """Cores that spin are stopped, those with interrupts masked as well."""
    kernel = boot("after=poweroff\ntest=stop\n", "-smp", cores)
    assert kernel.wait() == 0
    assert found(kernel, r"stop: (\d+) of (\d+) still spin$") == (0, cores - 1)
