;; Tail calls between two instances of this module, which import from one another, and to a gate.
;; Each instance is told its own number; nothing may run with the other's base.
(module
  (type $step (func (param i32 i32) (result i32)))
  (type $wide (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64)
                    (result i32)))
  (type $sum (func (param i32 f64 i64) (result i32 f64)))
  (import "other" "count" (func $other_count (type $step)))
  (import "other" "wide" (func $other_wide (type $wide)))
  (import "gate" "sum" (func $gate (type $sum)))
  (memory 1)
  (table $own 4 4 funcref)
  (table (export "table") 4 8 funcref)
  (elem (table $own) (i32.const 0) func $count $swap $other_count)
  (global $number (mut i32) (i32.const 0))
  (global $calls (mut i32) (i32.const 0))

  (func (export "start") (param i32)
    (global.set $number (local.get 0))
    (i32.store (i32.const 64) (local.get 0)))
  (func (export "calls") (result i32) (global.get $calls))

  (func $check
    (if (i32.ne (global.get $number) (i32.load (i32.const 64))) (then unreachable)))

  ;; Goes to and fro between the instances; with each fourth step by way of many arguments.
  (func $count (export "count") (type $step)
    (call $check)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
    (if (i32.eqz (i32.and (local.get 0) (i32.const 3)))
      (then (return_call $other_wide (local.get 0)
        (i64.extend_i32_u (local.get 1)) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
        (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (f64.const 10) (f64.const 11)
        (f64.const 12) (f64.const 13) (f64.const 14) (f64.const 15) (f64.const 16))))
    (if (i32.and (local.get 0) (i32.const 1))
      (then (return_call $other_count (local.get 0) (i32.add (local.get 1) (i32.const 1)))))
    (return_call_indirect $own (type $step)
      (local.get 0) (i32.add (local.get 1) (i32.const 1)) (i32.const 2)))
  (func $wide (export "wide") (type $wide)
    (call $check)
    (if (i64.ne (local.get 9) (i64.const 9)) (then unreachable))
    (if (f64.ne (local.get 15) (f64.const 15)) (then unreachable))
    (if (f64.ne (local.get 16) (f64.const 16)) (then unreachable))
    (return_call_indirect $own (type $step)
      (local.get 0) (i32.wrap_i64 (local.get 1)) (i32.const 0)))

  ;; Results change places, so the word that comes back must not be an argument's.
  (func $swap (type $sum) (return_call $gate (local.get 0) (local.get 1) (local.get 2)))

  ;; Hot locals, which lie in registers that the callee has to give back.
  (func (export "preserves") (param $n i32) (result i32)
    (local $a i32) (local $b i32) (local $c i64) (local $x f64) (local $y f64) (local $i i32)
    (local.set $a (i32.const 11)) (local.set $b (i32.const 22)) (local.set $c (i64.const 33))
    (local.set $x (f64.const 4.5)) (local.set $y (f64.const 5.5))
    (loop
      (if (i32.ne (local.get $n) (call $count_kept (local.get $n) (i32.const 0))) (then unreachable))
      (call $check)
      (local.set $a (i32.add (local.get $a) (i32.const 1)))
      (local.set $b (i32.add (local.get $b) (local.get $a)))
      (local.set $c (i64.add (local.get $c) (i64.extend_i32_u (local.get $b))))
      (local.set $x (f64.add (local.get $x) (local.get $y)))
      (local.set $y (f64.add (local.get $y) (f64.const 1)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
    (i32.and
      (i32.and (i32.eq (local.get $a) (i32.const 21)) (i32.eq (local.get $b) (i32.const 187)))
      (i32.and (i64.eq (local.get $c) (i64.const 1078))
               (i32.and (f64.eq (local.get $x) (f64.const 104.5))
                        (f64.eq (local.get $y) (f64.const 15.5))))))

  ;; The sum of the steps, with registers of its own in use.
  (func $count_kept (type $step)
    (local $a i32) (local $b i32) (local $c i64) (local $x f64)
    (loop
      (local.set $a (i32.add (local.get $a) (i32.const 3)))
      (local.set $b (i32.xor (local.get $b) (local.get $a)))
      (local.set $c (i64.add (local.get $c) (i64.extend_i32_u (local.get $b))))
      (local.set $x (f64.add (local.get $x) (f64.const 1)))
      (call $check)
      (br_if 0 (i32.lt_u (local.get $a) (i32.const 30))))
    (return_call $steps (local.get 0) (local.get 1)))
  (func $steps (type $step)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $steps (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1))))

  ;; The other's base is not ours: after this the caller's own must be back.
  (func $leave (param i32) (result i32) (return_call $other_count (local.get 0) (i32.const 0)))
  (func (export "returns") (param i32) (result i32) (local i32)
    (local.set 1 (call $leave (local.get 0)))
    (call $check)
    (local.get 1))

  (func (export "gate") (result i32) (local f64)
    (call $swap (i32.const 3) (f64.const 1.5) (i64.const 40))
    (local.set 0)
    (call $check)
    (i32.and (i32.eq (i32.const 42)) (f64.eq (local.get 0) (f64.const 44.5))))

  ;; By the number: a trap in the tail call itself, or in what it calls.
  (func $trap (param i32) (result i32)
    (if (i32.eqz (local.get 0))
      (then (return_call_indirect $own (type $step) (i32.const 0) (i32.const 0) (i32.const 4))))
    (if (i32.eq (local.get 0) (i32.const 1))
      (then (return_call_indirect $own (type $step) (i32.const 0) (i32.const 0) (i32.const 3))))
    (if (i32.eq (local.get 0) (i32.const 2))
      (then (return_call_indirect $own (type $step) (i32.const 0) (i32.const 0) (i32.const 1))))
    (return_call $other_wide (i32.const 0)
      (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
      (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 0) (f64.const 10) (f64.const 11)
      (f64.const 12) (f64.const 13) (f64.const 14) (f64.const 15) (f64.const 16)))
  (func (export "trap") (param i32) (result i32)
    (i32.add (i32.const 1) (call $trap (local.get 0))))

  ;; Deeper and deeper, each time with a relay of its own.
  (func $deeper (export "deeper") (param i32) (result i32)
    (i32.add (i32.const 1) (call $leave_deeper (local.get 0))))
  (func $leave_deeper (param i32) (result i32)
    (return_call $fall (local.get 0)
      (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
      (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (f64.const 10) (f64.const 11)
      (f64.const 12) (f64.const 13) (f64.const 14) (f64.const 15) (f64.const 16)))
  (func $fall (type $wide) (call $deeper (local.get 0))))
