;; One function for each thing that the validating pass tells the compiler; facts_test.c says what is
;; expected of each, in this order.
(module
  (memory 1)
  (table 1 funcref)
  ;; 0: a parameter never needs a zero; weights by loop depth
  (func (param i32) (local i32)
    (local.set 1 (i32.const 1))
    (loop (drop (local.get 0)) (loop (drop (local.get 1)))))
  ;; 1: read first
  (func (local i32) (drop (local.get 0)) (local.set 0 (i32.const 1)))
  ;; 2: set at the top, read in blocks
  (func (local i32)
    (local.set 0 (i32.const 1))
    (block (loop (drop (local.get 0)))))
  ;; 3: set in a block, read in it, and in a smaller one
  (func (local i32)
    (block (drop (local.tee 0 (i32.const 1))) (block (drop (local.get 0)))))
  ;; 4: set in a block, read after it
  (func (local i32)
    (block (local.set 0 (i32.const 1)))
    (drop (local.get 0)))
  ;; 5: set in a block, read in its neighbour
  (func (local i32)
    (block (local.set 0 (i32.const 1)))
    (block (drop (local.get 0))))
  ;; 6: set in the first part of an if, read in the second
  (func (local i32)
    (if (i32.const 1)
      (then (local.set 0 (i32.const 1)))
      (else (drop (local.get 0)))))
  ;; 7: set and read in each part on its own
  (func (local i32 i32)
    (if (i32.const 1)
      (then (local.set 0 (i32.const 1)) (drop (local.get 0)))
      (else (local.set 1 (i32.const 1)) (drop (local.get 1)))))
  ;; 8: passed by a branch
  (func (local i32)
    (block (br_if 0 (i32.const 1)) (local.set 0 (i32.const 1)))
    (drop (local.get 0)))
  ;; 9: not accessed at all
  (func (local i32))
  ;; 10: set in a block and again, later, outside of it
  (func (local i32)
    (block (local.set 0 (i32.const 1)))
    (local.set 0 (i32.const 2)))
  ;; 11: calls, in and out of loops; depth cut off at six
  (func
    (call 9)
    (loop (call_indirect (i32.const 0)) (loop (loop (loop (loop (loop (loop (loop
      (drop (memory.grow (i32.const 0))))))))))))
  ;; 12: what looks like a helper but is none
  (func (drop (memory.size)) (drop (table.size 0)) (drop (i32.load (i32.const 0))))
  ;; 13: operand depth, with results of calls and blocks
  (func (result i32)
    (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.add (i32.const 3) (i32.const 4)))))
  (func $three (result i32 i32 i32) (i32.const 1) (i32.const 2) (i32.const 3))
  ;; 15: the caller of that
  (func (call $three) (drop) (drop) (drop))
  ;; 16: many types
  (func (param i64 f32) (local i32 i32 f64 externref)
    (local.set 4 (local.get 4)))
  ;; 17: many locals, of which few are used, and late; more of them than the body has bytes
  (func (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (local.set 399 (i32.const 1))
    (drop (local.get 399))
    (loop (drop (local.get 300))))
  ;; 18: locals of the same numbers, after that
  (func (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))
  ;; 19: a tail call counts for no call
  (func (return_call 9))
)
