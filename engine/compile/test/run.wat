;; Each exported function tells by 1 whether it computed what it should; run_test.c calls them all.
(module
  (memory 1)
  (type $pair (func (param i32 i64) (result i64 i32)))
  (table 4 4 funcref)
  (elem (i32.const 0) func $swap $many $fib)

  (func $swap (type $pair) (local.get 1) (local.get 0))

  (func $fib (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "recursion") (result i32)
    (i32.eq (call $fib (i32.const 20)) (i32.const 6765)))

  ;; Parameters in registers of both classes and in words of the stack.
  (func $many (param i32 f64 i32 f64 i32 f64 i32 f64 i32 f64 i32 f64 i32 f64 i64 f32) (result f64)
    (local $sum f64)
    (local.set $sum (f64.add (f64.convert_i32_s (local.get 0)) (local.get 1)))
    (local.set $sum (f64.add (local.get $sum) (f64.mul (f64.convert_i32_s (local.get 12)) (local.get 13))))
    (local.set 12 (i32.const 5))
    (f64.add (local.get $sum)
      (f64.add (f64.mul (f64.convert_i64_s (local.get 14)) (f64.promote_f32 (local.get 15)))
               (f64.sub (local.get 11) (f64.convert_i32_s (local.get 12))))))
  (func (export "parameters") (result i32)
    (f64.eq (f64.const 1134)
      (call $many (i32.const 1) (f64.const 2) (i32.const 3) (f64.const 4) (i32.const 5) (f64.const 6)
                  (i32.const 7) (f64.const 8) (i32.const 9) (f64.const 10) (i32.const 11) (f64.const 12)
                  (i32.const 13) (f64.const 8) (i64.const 1020) (f32.const 1))))

  (func (export "results") (result i32) (local i32 i64)
    (call $swap (i32.const 7) (i64.const -9))
    (local.set 0) (local.set 1)
    (call_indirect (type $pair) (local.get 0) (local.get 1) (i32.const 0))
    (i32.const 7)
    (i32.eq)
    if (param i64) (result i32)
      (i64.const -9)
      (i64.eq)
    else
      (drop)
      (i32.const 0)
    end)

  ;; A pending read of a local sees the value from before the set.
  (func (export "order") (result i32) (local $a i32) (local $b i32)
    (local.set $a (i32.const 10))
    (local.get $a)
    (local.get $a)
    (local.set $a (i32.const 20))
    (local.set $b (i32.add))
    (local.get $a)
    (local.tee $a (i32.sub (local.get $b) (local.get $a)))
    (i32.add)
    (i32.eq (i32.const 20)))

  ;; The result register is the right operand of what does not commute.
  (func (export "in_place") (result i32) (local $a i32) (local $b i64) (local $x f64)
    (local.set $a (i32.const 3))
    (local.set $a (i32.sub (i32.const 10) (local.get $a)))
    (local.set $a (i32.shl (i32.const 1) (local.get $a)))
    (local.set $b (i64.const 5))
    (local.set $b (i64.rotr (i64.const 64) (local.get $b)))
    (local.set $b (i64.div_s (i64.const -7) (local.get $b)))
    (local.set $x (f64.const 4))
    (local.set $x (f64.div (f64.const 1) (local.get $x)))
    (local.set $x (f64.sub (f64.const 1) (local.get $x)))
    (i32.and (i32.eq (local.get $a) (i32.const 128))
      (i32.and (i64.eq (local.get $b) (i64.const -3)) (f64.eq (local.get $x) (f64.const 0.75)))))

  ;; Four floats at once: a comparison and a choice. (Once ran out of registers.)
  (func (export "float_select") (param f64) (result i32) (local f64 f64 f64 f64)
    (local.set 1 (f64.const 1)) (local.set 2 (f64.const 2))
    (f64.eq (f64.const 7)
      (select
        (f64.add (f64.add (local.get 1) (local.get 2)) (f64.const 4))
        (f64.mul (f64.neg (local.get 1)) (f64.neg (local.get 2)))
        (f64.lt (f64.sub (f64.neg (local.get 1)) (local.get 2))
                (f64.add (f64.neg (local.get 2)) (f64.neg (f64.neg (local.get 1))))))))

  ;; A value in a register at the end of "then" is not one at the start of "else". (Once leaked.)
  (func (export "else_registers") (result i32)
    (i32.eq (i32.const 9)
      (if (result i32) (i32.load (i32.const 60000))
        (then (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (else (i32.const 4) (i32.const 9) (i32.load (i32.const 60004)) (select)))))

  ;; Homes that a call destroys survive it.
  (func $spoil (param i32 i32 i32 i32 i32 i32) (result i32)
    (local.set 0 (i32.const -1)) (local.set 1 (i32.const -1)) (local.set 2 (i32.const -1))
    (i32.add (local.get 0) (i32.add (local.get 1) (local.get 2))))
  (func (export "calls_in_loops") (result i32)
    (local $i i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32)
    (local $f i32) (local $g i32) (local $h i32)
    (local.set $a (i32.const 1)) (local.set $b (i32.const 2)) (local.set $c (i32.const 3))
    (local.set $i (i32.const 100))
    (loop $outer
      (local.set $a (i32.add (local.get $a) (local.get $b)))
      (local.set $b (i32.add (local.get $b) (local.get $c)))
      (local.set $c (i32.add (local.get $c) (i32.const 1)))
      (local.set $d (i32.xor (local.get $d) (local.get $a)))
      (local.set $e (i32.add (local.get $e) (local.get $d)))
      (local.set $f (i32.add (local.get $f) (local.get $e)))
      (local.set $g (i32.add (local.get $g) (local.get $f)))
      (local.set $h (i32.add (local.get $h) (local.get $g)))
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 10)))
        (then (local.set $h (i32.add (local.get $h)
          (i32.add (i32.const 3)
          (call $spoil (local.get $a) (local.get $b) (local.get $c) (local.get $d) (local.get $e) (local.get $f)))))))
      (br_if $outer (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (i32.and (i32.eq (local.get $h) (i32.const 975030219)) (i32.eq (local.get $a) (i32.const 176751))))

  ;; A value that goes along with br_table, to blocks of several heights.
  (func $table (param i32) (result i32)
    (i32.const 1000)
    (block $a (result i32)
      (i32.const 100)
      (block $b (result i32)
        (i32.const 7)
        (br_table $a $b 2 $b (local.get 0)))
      (i32.add))
    (i32.add))
  (func (export "br_table") (result i32)
    (i32.and
      (i32.and (i32.eq (call $table (i32.const 0)) (i32.const 1007))
               (i32.eq (call $table (i32.const 1)) (i32.const 1107)))
      (i32.and (i32.eq (call $table (i32.const 2)) (i32.const 7))
               (i32.eq (call $table (i32.const 3)) (i32.const 1107)))))

  ;; Several values along a conditional branch must not disturb those that stay.
  (func $multi (param i32) (result i32)
    (i32.const 1)
    (block $b (param i32) (result i32 i32)
      (i32.const 2) (i32.const 3)
      (br_if $b (local.get 0))
      (drop) (i32.mul (i32.const 10)) (i32.add) (i32.const 0))
    (i32.add))
  (func (export "multi_branch") (result i32)
    (i32.and (i32.eq (call $multi (i32.const 1)) (i32.const 5))
             (i32.eq (call $multi (i32.const 0)) (i32.const 21))))

  (func (export "bulk") (result i32) (local $i i32) (local $bad i32)
    (loop $fill
      (i32.store8 (local.get $i) (local.get $i))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
    (memory.copy (i32.const 8001) (i32.const 1) (i32.const 3000))   ;; far apart, large
    (memory.copy (i32.const 10) (i32.const 3) (i32.const 2000))     ;; upwards, overlapping
    (memory.copy (i32.const 4000) (i32.const 4005) (i32.const 900)) ;; downwards, overlapping
    (memory.fill (i32.const 5000) (i32.const 0xABCD) (i32.const 37))
    (memory.fill (i32.const 6000) (i32.const 1) (i32.const 1500))
    (local.set $i (i32.const 0))
    (loop $check
      (local.set $bad (i32.or (local.get $bad)
        (i32.ne (i32.load8_u offset=8001 (local.get $i)) (i32.and (i32.const 255) (i32.add (local.get $i) (i32.const 1))))))
      (br_if $check (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))
    (local.set $i (i32.const 0))
    (loop $check
      (local.set $bad (i32.or (local.get $bad)
        (i32.ne (i32.load8_u offset=10 (local.get $i)) (i32.and (i32.const 255) (i32.add (local.get $i) (i32.const 3))))))
      (br_if $check (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))
    (local.set $i (i32.const 0))
    (loop $check
      (local.set $bad (i32.or (local.get $bad)
        (i32.ne (i32.load8_u offset=4000 (local.get $i)) (i32.and (i32.const 255) (i32.add (local.get $i) (i32.const 4005))))))
      (br_if $check (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 900))))
    (i32.and (i32.eqz (local.get $bad))
      (i32.and (i32.eq (i32.load offset=5033 (i32.const 0)) (i32.const 0xCDCDCDCD))
        (i32.and (i32.eq (i32.load offset=5037 (i32.const 0)) (i32.const 0))
                 (i32.eq (i32.load offset=7498 (i32.const 0)) (i32.const 0x0101))))))

  ;; Stack traces: three deep, then each kind of trap.
  (func $trap3 (param i32) (param i32)
    block
      block
        block
          block
            block
              (br_table 0 1 2 3 4 (local.get 0))
            end
            (unreachable)
          end
          (drop (i32.load offset=0xFFFFFFFF (local.get 1)))
        end
        (drop (i32.div_s (i32.const 1) (i32.sub (local.get 1) (local.get 1))))
      end
      (drop (memory.grow (i32.const 0)))
      (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))
    end
    (call_indirect (type $pair) (i32.const 0) (i64.const 0) (i32.const 2))
    (drop)
    (drop))
  (func $trap2 (param i32) (call $trap3 (local.get 0) (i32.const 5)))
  (func (export "trap") (param i32) (call $trap2 (local.get 0)))
  (func $endless (export "endless") (result i32) (i32.add (call $endless) (i32.const 1))))
