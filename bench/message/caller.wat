;; Calls its first handle a million times, with 64 bytes each way; exits with 1 when one fails.
(module
  (import "copper" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "copper" "birth" (func $birth (param i32 i32) (result i32)))
  (import "copper" "exit" (func $exit (param i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 48) "\00\02\00\00\40\00\00\00\00\00\00\00")   ;; the request's payload: 512, 64 bytes
  (data (i32.const 176) "\00\03\00\00\00\00\00\00\40\00\00\00")  ;; the answer's: 768, 64 bytes
  (data (i32.const 512) "sixty-four bytes of payload, which arrive as they were sent here")
  (func (export "_start")
    (local $left i32) (local $handle i32)
    (drop (call $birth (i32.const 4096) (i32.const 4096)))
    (local.set $handle (i32.load (i32.const 4120)))
    (local.set $left (i32.const 1000000))
    (loop $again
      (if (call $call (local.get $handle) (i32.const 0) (i32.const 128))
        (then (call $exit (i32.const 1))))
      (if (i64.ne (i64.load (i32.const 512)) (i64.load (i32.const 768)))
        (then (call $exit (i32.const 2))))
      (i64.store (i32.const 768) (i64.const 0))
      (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
