;; A tree of calls in which each function has one caller, by all kinds of calls and frames, so that
;; at every instruction there is one right answer to who called whom.
(module
  (type $unary (func (param i32) (result i32)))
  (type $wide (func (param i32 i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64)
                    (result i32)))
  (import "test" "gate" (func $gate (type $unary)))
  (memory 1 4)
  (table 1 1 funcref)
  (elem (i32.const 0) func $indirect_target)

  (func $frameless (type $unary) (i32.add (local.get 0) (i32.const 3)))
  (func $branches (type $unary)
    (block (block (block (block
      (br_table 0 1 2 3 (i32.and (local.get 0) (i32.const 3))))
      (return (i32.const 1)))
      (return (i32.const 2)))
      (return (i32.const 3)))
    (i32.const 4))

  ;; Hot locals of both classes, which lie in registers that have to be saved and given back.
  (func $homes (type $unary) (local $a i32) (local $b i32) (local $c i64) (local $x f64) (local $y f64)
    (local.set $a (i32.const 7)) (local.set $x (f64.const 1.5))
    (loop
      (local.set $a (i32.add (local.get $a) (call $frameless (local.get 0))))
      (local.set $b (i32.xor (local.get $b) (call $branches (local.get 0))))
      (local.set $c (i64.add (local.get $c) (i64.extend_i32_u (local.get $a))))
      (local.set $x (f64.add (local.get $x) (local.get $y)))
      (local.set $y (f64.mul (local.get $x) (f64.const 0.5)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.add (local.get $a) (i32.add (local.get $b) (i32.trunc_sat_f64_s (local.get $y)))))

  (func $results (param i32 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i32 i64 f64 i64)
    (local.get 0) (i64.add (local.get 8) (local.get 9)) (f64.const 2) (local.get 7))
  (func $words (type $unary)
    (call $results (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
      (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9))
    (drop) (drop) (drop))

  (func $near_target (type $unary) (i32.mul (local.get 0) (i32.const 5)))
  (func $near (type $unary) (local $a i32)
    (local.set $a (call $near_before (local.get 0)))
    (return_call $near_target (local.get $a)))
  (func $near_before (type $unary) (local.get 0))

  (func $wide_before (type $unary) (local.get 0))
  (func $wide_target (type $wide) (call $wide_before (i32.wrap_i64 (local.get 8))))
  (func $wide_again (type $wide)
    (return_call $wide_target (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
      (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10)
      (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15)))
  (func $far (type $unary)
    (return_call $wide_again (local.get 0)
      (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5) (i64.const 6)
      (i64.const 7) (i64.const 8) (f64.const 9) (f64.const 10) (f64.const 11) (f64.const 12)
      (f64.const 13) (f64.const 14) (f64.const 15)))

  (func $indirect_target (type $unary) (i32.rotl (local.get 0) (i32.const 1)))
  (func $indirect (type $unary)
    (call_indirect (type $unary) (local.get 0) (i32.and (local.get 0) (i32.const 0))))

  (func $bytes (type $unary)
    (memory.fill (i32.const 100) (local.get 0) (i32.const 37))
    (memory.copy (i32.const 200) (i32.const 100) (i32.const 37))
    (memory.copy (i32.const 110) (i32.const 100) (i32.const 1500))
    (drop (memory.grow (i32.const 0)))
    (i32.load (i32.const 200)))

  (func $gated (type $unary) (i32.add (call $gate (local.get 0)) (i32.const 1)))

  ;; A small frame, into whose place comes a larger relay.
  (func $gated_last (type $unary) (return_call $gate (local.get 0)))

  (func $root (export "root") (type $unary)
    (local.set 0 (i32.add (local.get 0) (call $homes (i32.const 4))))
    (local.set 0 (i32.add (local.get 0) (call $words (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $near (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $far (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $indirect (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $bytes (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $gated (i32.const 1))))
    (local.set 0 (i32.add (local.get 0) (call $gated_last (i32.const 1))))
    (local.get 0)))
