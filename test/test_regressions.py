# SPDX-License-Identifier: MIT
"""Bugs that programs found, each as the smallest module that shows it. A module that computes the
wrong thing traps."""

import pytest

MODULES = {
    # A local's older value was moved into rdx to make room for a quotient, which then destroyed it.
    "division-moves-older-value": """
        (memory (export "memory") 1)
        (func $f (param i64 i32) (result i32) (local i32 i32 i32 i32)
          (local.set 3 (i32.const 39))
          (block (loop
            (br_if 1 (i64.lt_u (local.get 0) (i64.const 10000)))
            (local.set 0 (i64.div_u (local.get 0) (i64.const 10000)))
            (local.set 2 (i32.add (local.get 2) (i32.const 1)))
            (br 0)))
          (i32.add (i32.add (local.get 1) (i32.const 9))
            (local.tee 3 (i32.add (local.get 3) (i32.const -2))))
          (local.tee 4 (i32.wrap_i64 (local.get 0)))
          local.get 4 i32.const 65535 i32.and i32.const 100 i32.div_u
          local.tee 4
          i32.const 100 i32.mul i32.sub
          i32.store
          (i32.load (i32.const 46)))
        (func (export "_start")
          (if (i32.ne (call $f (i64.const 291) (i32.const 0)) (i32.const 91)) (unreachable)))""",
}


@pytest.mark.parametrize("name", MODULES)
def test_computes_the_same(name, copper, node, wat):
    module = wat(f"(module {MODULES[name]})")
    for run in (node, lambda path: copper("run", path)):
        done = run(module)
        assert done.returncode == 0, done.stderr.decode()
