# SPDX-License-Identifier: MIT
"""Bugs that programs found, each as the smallest module that shows it, and corners that random modules
do not get to. A module that computes the wrong thing traps."""

import pytest

MODULES = {
    # A branch has the value that it carries in the result register when it compares; the bounds check
    # of a far offset used that register.
    "far-bound-under-a-branch": """
        (memory (export "memory") 2)
        (func $f (param i32 i32) (result i32)
          (i32.shl (local.get 0) (local.get 1))
          (br_if 0 (i64.ge_u (i64.load8_s offset=403 (i32.const 18170))
            (i64.load offset=65540 (i32.and (local.get 1) (i32.const 32767)))))
          (drop)
          (i32.const 5))
        (func (export "_start")
          (if (i32.ne (call $f (i32.const 3) (i32.const 8)) (i32.const 768)) (unreachable)))""",
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
    # Flags that tell of another value: a label lies between, or another operation, or the width differs.
    "flags-of-another-value": """
        (memory (export "memory") 1)
        (func $f (param i32 i32) (result i32) (local i32)
          (local.set 2 (i32.sub (local.get 0) (local.get 1)))
          (loop
            (if (i32.eqz (local.get 2)) (then (return (i32.const 100))))
            (local.set 2 (i32.const 0))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get 1) (i32.const 9))))
          (local.get 1))
        (func $g (param i64) (result i32)
          (local.set 0 (i64.and (local.get 0) (i64.const 0xff00000000)))
          (i32.eqz (i32.wrap_i64 (local.get 0))))
        (func $h (param i32) (result i32)
          (local.set 0 (i32.sub (local.get 0) (i32.const 0x80000000)))
          (i32.lt_s (local.get 0) (i32.const 0)))
        (func (export "_start")
          (if (i32.ne (call $f (i32.const 5) (i32.const 3)) (i32.const 100)) (then unreachable))
          (if (i32.eqz (call $g (i64.const -1))) (then unreachable))
          (if (call $h (i32.const 0x80000001)) (then unreachable))
          (if (i32.eqz (call $h (i32.const 1))) (then unreachable)))""",
    # Locals in registers that calls destroy: read behind one call, written behind another, on one
    # side of a branch only, as arguments of the next call in another order, in a loop and a table.
    "locals-across-calls": """
        (memory (export "memory") 1)
        (func $mix (param i32 i32 i32 i32) (result i32)
          (i32.add (i32.add (local.get 0) (i32.mul (local.get 1) (i32.const 10)))
            (i32.add (i32.mul (local.get 2) (i32.const 100)) (i32.mul (local.get 3) (i32.const 1000)))))
        (func $f (param i32 i32 i32 i32) (result i32)
          (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $s i32)
          (local.set $a (i32.const 1)) (local.set $b (i32.const 2)) (local.set $c (i32.const 3))
          (local.set $d (i32.const 4)) (local.set $e (i32.const 5))
          (loop $again
            (local.set $s (i32.add (local.get $s)
              (call $mix (local.get $b) (local.get 0) (local.get $a) (local.get 3))))
            (local.set $s (i32.xor (local.get $s)
              (call $mix (local.get 3) (local.get $a) (local.get 0) (local.get $b))))
            (if (i32.and (local.get 1) (i32.const 1))
              (then (local.set $c (i32.add (local.get $c) (local.get $d))))
              (else (local.set $d (call $mix (local.get $d) (local.get $c) (local.get 2) (local.get $e)))))
            (block $out (block $one (block $two
              (br_table $one $two $out (i32.rem_u (local.get 1) (i32.const 3))))
              (local.set $e (i32.add (local.get $e) (local.get $b))))
              (local.set $b (i32.sub (local.get $a) (local.get $e))))
            (local.set $a (i32.add (i32.add (local.get $a) (local.get $c))
              (i32.add (local.get $d) (i32.add (local.get $e) (i32.add (local.get 0) (local.get 3))))))
            (br_if $again (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
          (i32.add (local.get $s) (i32.add (local.get $a) (i32.add (local.get $b)
            (i32.add (local.get $c) (i32.add (local.get $d) (local.get $e)))))))
        (func (export "_start")
          (if (i32.ne (call $f (i32.const 7) (i32.const 20) (i32.const 3) (i32.const 11))
                      (i32.const -219854909)) (then unreachable)))""",
    # Static offsets of 2 GiB and more, in operations that take a load as their operand; the numbers
    # are V8's.
    "far-offsets": """
        (memory (export "memory") 65536)
        (func $check (param i64 i64)
          (if (i64.ne (local.get 0) (local.get 1)) (then (unreachable))))
        (func $f (param i32 i32) (result i64) (local i64 f64)
          (i64.store offset=0x80000000 (local.get 0) (i64.const 0x1122334455667788))
          (f64.store offset=0x80000010 (local.get 0) (f64.const 2.5))
          (i64.store offset=0xfffffff8 (i32.const 0) (i64.const 77))
          (i64.store offset=0x7fffffff (local.get 1) (i64.const 5))
          (local.set 2 (i64.add (i64.const 1) (i64.load offset=0x80000000 (local.get 0))))
          (local.set 2 (i64.mul (local.get 2) (i64.load offset=0x7fffffff (local.get 1))))
          (local.set 2 (i64.sub (i64.load offset=0x80000000 (local.get 0)) (local.get 2)))
          (local.set 2 (i64.xor (local.get 2) (i64.load offset=0x80000000 (i32.const 16))))
          (local.set 3 (f64.sub (f64.const 1) (f64.load offset=0x80000010 (local.get 0))))
          (local.set 2 (i64.add (local.get 2) (i64.trunc_f64_s (local.get 3))))
          (local.set 2 (i64.shl (local.get 2) (i64.load8_u offset=0x80000000 (local.get 0))))
          (local.set 2 (i64.add (local.get 2)
            (block (result i64) (i64.const 3)
              (br_if 0 (i64.eq (i64.const 77) (i64.load offset=0xfffffff0 (i32.const 8))))
              (drop) (i64.const 1000))))
          (local.set 2 (i64.add (local.get 2)
            (select (i64.const 9) (local.get 2)
              (f64.gt (f64.load offset=0x80000010 (local.get 0)) (f64.load offset=0x80000010 (local.get 0))))))
          (local.get 2))
        (func (export "_start")
          (call $check (call $f (i32.const 16) (i32.const 1)) (i64.const 12250729960799249414))
          (call $check (call $f (i32.const 2147483616) (i32.const 16)) (i64.const 17178379709948605446)))""",
    # Mutual recursion by tail calls, with ever more and fewer arguments than the caller was given.
    "tail-calls-need-no-stack": """
        (memory (export "memory") 1)
        (type $wide (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64)
                          (result i32)))
        (table 2 2 funcref)
        (elem (i32.const 0) $narrow $wide)
        (func $narrow (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 42))))
          (return_call_indirect (type $wide) (i32.sub (local.get 0) (i32.const 1))
            (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
            (i64.const 7) (i64.const 8) (f64.const 9) (f64.const 10) (f64.const 11) (f64.const 12)
            (f64.const 13) (f64.const 14) (f64.const 15) (i32.const 1)))
        (func $wide (type $wide)
          (if (i64.ne (local.get 8) (i64.const 8)) (then unreachable))
          (if (f64.ne (local.get 15) (f64.const 15)) (then unreachable))
          (return_call $narrow (local.get 0)))
        (func (export "_start")
          (if (i32.ne (call $narrow (i32.const 3000000)) (i32.const 42)) (then unreachable)))""",
    # Arithmetic in the initial value of a global and in the place of a segment.
    "extended-constants": """
        (memory (export "memory") 1)
        (global $a i32 (i32.sub (i32.mul (i32.const 65536) (i32.const 65537)) (i32.const 24)))
        (global $b i64 (i64.mul (i64.add (i64.const -1) (i64.const 3)) (i64.const 0x7fffffffffffffff)))
        (data (i32.add (i32.const -8) (i32.const 48)) "*")
        (func (export "_start")
          (if (i32.ne (global.get $a) (i32.const 65512)) (then unreachable))
          (if (i64.ne (global.get $b) (i64.const -2)) (then unreachable))
          (if (i32.ne (i32.load8_u (i32.const 40)) (i32.const 42)) (then unreachable)))""",
}


@pytest.mark.parametrize("name", MODULES)
def test_computes_the_same(name, copper, node, wat):
    module = wat(f"(module {MODULES[name]})")
    checked = ("run", "--memory-mode", "checked")
    for run in (node, lambda path: copper("run", path), lambda path: copper(*checked, path)):
        done = run(module)
        assert done.returncode == 0, done.stderr.decode()
