# SPDX-License-Identifier: MIT
"""Runs the examples in the documentation of CPython's own library, module by module."""

import doctest
import importlib
import sys

MODULES = """collections decimal difflib doctest enum fractions heapq http.cookies itertools
json json.encoder pickle statistics typing uuid""".split()

failed = attempted = 0
for name in MODULES:
    result = doctest.testmod(importlib.import_module(name))
    print(f"{name}: {result.attempted} examples, {result.failed} failed")
    failed += result.failed
    attempted += result.attempted
print(f"all: {attempted} examples, {failed} failed")
sys.exit(failed != 0)
