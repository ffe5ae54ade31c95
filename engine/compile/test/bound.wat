;; SPDX-License-Identifier: MIT
;; Accesses through one index, with all that makes it another: bound_test.c counts that checks are
;; spared, and that none is missing.
(module
  (memory 1 200)
  (func $helper (param i32) (result i32) (local.get 0))

  ;; fields of one struct, between two pointers
  (func (param i32 i32) (result i32)
    (i32.store offset=4 (local.get 1) (i32.load (local.get 0)))
    (i32.store offset=8 (local.get 1) (i32.load offset=4 (local.get 0)))
    (i32.store offset=12 (local.get 1) (i32.load offset=8 (local.get 0)))
    (i32.add (i32.load offset=70000 (local.get 0)) (i32.load offset=0x1000000 (local.get 0))))

  ;; a pointer that moves on in a loop, and what is made of it
  (func (param i32 i32) (result i32) (local i32)
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
      (local.set 2 (i32.add (local.get 2)
                            (i32.load (i32.add (local.get 0) (i32.const 8)))))
      (local.set 2 (i32.add (local.get 2)
                            (i32.load (i32.add (i32.add (local.get 0) (i32.const 8))
                                               (i32.const 16)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 16)))
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (i32.load (local.get 0)))

  ;; small indices, and sums with negative numbers
  (func (param i32 i32) (result i32)
    (i32.load offset=1024 (i32.and (local.get 0) (i32.const 1020)))
    (i32.load offset=16 (i32.shr_u (local.get 1) (i32.const 24)))
    (i32.load8_u (i32.load8_u (local.get 0)))
    (i32.add) (i32.add)
    (i32.add (i32.load (i32.add (local.get 0) (i32.const -4)))))

  ;; one arm checks, the other does not; behind both it has to be checked
  (func (param i32 i32) (result i32)
    (if (local.get 1) (then (i32.store (local.get 0) (i32.const 1))))
    (i32.store offset=4 (local.get 0) (i32.const 2))
    (block
      (br_if 0 (local.get 1))
      (i32.store offset=8 (local.get 0) (i32.const 2)))
    (i32.load offset=12 (local.get 0)))

  ;; written between, copied before it is written, called between
  (func (param i32 i32) (result i32)
    (i32.store (local.get 0) (i32.load offset=4 (local.get 0)))
    (local.get 0)
    (local.set 0 (i32.load offset=8 (local.get 0)))
    (i32.load)
    (i32.load (local.get 0))
    (local.set 0 (call $helper (local.get 0)))
    (i32.load offset=4 (local.get 0))
    (drop (memory.grow (i32.const 1)))
    (i32.load offset=8 (local.get 0))
    (memory.fill (local.get 0) (local.get 1) (i32.const 3))
    (i32.load offset=12 (local.get 0))
    (i32.add) (i32.add) (i32.add) (i32.add))

  ;; more at once than there are registers, with a division that takes some
  (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local i32 i32 i32 i32 i32)
    (i32.load (local.get 0))
    (i32.load (local.get 1))
    (i32.load (local.get 2))
    (i32.load (local.get 3))
    (i32.load (local.get 4))
    (i32.load (local.get 5))
    (i32.div_u (i32.load (local.get 6)) (i32.load (local.get 7)))
    (local.tee 8 (i32.load offset=4 (local.get 0)))
    (local.tee 9 (i32.load offset=4 (local.get 1)))
    (local.tee 10 (i32.load offset=4 (local.get 8)))
    (local.tee 11 (i32.load offset=4 (local.get 9)))
    (i32.add) (i32.add) (i32.add) (i32.add) (i32.add)
    (i32.add) (i32.add) (i32.add) (i32.add) (i32.add)
    (i32.load (local.get 10)) (i32.add)
    (i32.load offset=8 (local.get 11)) (i32.add))

  ;; a stand-in where only the first scratch register is free, which a division takes
  (func (param i32 i32 i32 i32 i32 i32) (result i32) (local i32 i32 i32)
    (loop (result i32)
    (i32.load (i32.add (local.get 0) (local.get 1)))
    (i32.load (i32.add (local.get 1) (local.get 2)))
    (i32.load (i32.add (local.get 2) (local.get 3)))
    (local.set 6 (i32.div_u (local.get 4) (local.get 5)))
    (local.set 7 (i32.load (local.get 4)))
    (local.set 8 (i32.div_u (local.get 5) (local.get 6)))
    (local.set 6 (i32.load offset=4 (local.get 4)))
    (local.set 5 (i32.add (local.get 6) (local.get 7)))
    (local.set 5 (i32.add (local.get 5) (local.get 8)))
    (i32.add) (i32.add)
    (i32.add (i32.add (local.get 0) (local.get 1)))
    (i32.add (i32.add (local.get 2) (local.get 3)))
    (i32.add (i32.add (local.get 4) (local.get 5)))))

  ;; from a table, back and on
  (func (param i32 i32) (result i32)
    (loop
      (i32.store (local.get 0) (i32.const 7))
      (block (block
        (br_table 0 1 2 0 (i32.load offset=4 (local.get 0))))
        (i32.store offset=8 (local.get 0) (i32.const 9)))
      (i32.store offset=12 (local.get 0) (i32.const 9))
      (br_if 0 (i32.lt_u (i32.load offset=16 (local.get 0)) (i32.load (local.get 1)))))
    (i32.load offset=20 (local.get 0))))
