;; A handler that does with its first handle what a message says, 64 bytes each time:
;;   1  send words[0] messages of operation 2        3  pass it on, while words[0] > 0, with one less
;;   2  nothing                                      4  call words[0] times, with operation 5
;;   6  that handle is the one that came              5  answer with what came
;; It traps when something fails.
;;
;;   0  what came; its payload at 512    128  what goes; its payload at 640    256  an answer; at 768
(module
  (import "copper" "call" (func $call (param i32 i32 i32) (result i32)))
  (import "copper" "send" (func $send (param i32 i32 i64 i64) (result i32)))
  (import "copper" "reply" (func $reply (param i32 i32) (result i32)))
  (import "copper" "birth" (func $birth (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 48) "\00\02\00\00\00\00\00\00\40\00\00\00")
  (data (i32.const 176) "\80\02\00\00\40\00\00\00\00\00\00\00")
  (data (i32.const 304) "\00\03\00\00\00\00\00\00\40\00\00\00")
  (data (i32.const 640) "sixty-four bytes of payload, which arrive as they were sent here")
  (global $to (mut i32) (i32.const 0))
  (func (export "start") (result i32)
    (drop (call $birth (i32.const 4096) (i32.const 4096)))
    (global.set $to (i32.load (i32.const 4120)))
    (i32.const 0))
  (func $must (param $status i32) (if (local.get $status) (then (unreachable))))
  (func $burst (param $left i64)
    (i32.store (i32.const 128) (i32.const 2))
    (loop $again
      (call $must
        (call $send (global.get $to) (i32.const 128) (i64.const 0) (i64.const 0x7fffffffffffffff)))
      (br_if $again (i32.wrap_i64 (local.tee $left (i64.sub (local.get $left) (i64.const 1)))))))
  (func $pass_on (param $left i64)
    (if (i64.ne (local.get $left) (i64.const 0))
      (then
        (i32.store (i32.const 128) (i32.const 3))
        (i64.store (i32.const 144) (i64.sub (local.get $left) (i64.const 1)))
        (call $must
          (call $send (global.get $to) (i32.const 128) (i64.const 0) (i64.const 0x7fffffffffffffff))))))
  (func $calls (param $left i64)
    (i32.store (i32.const 128) (i32.const 5))
    (loop $again
      (i64.store (i32.const 640) (local.get $left))
      (call $must (call $call (global.get $to) (i32.const 128) (i32.const 256)))
      (call $must (i64.ne (i64.load (i32.const 640)) (i64.load (i32.const 768))))
      (br_if $again (i32.wrap_i64 (local.tee $left (i64.sub (local.get $left) (i64.const 1)))))))
  (func $answer
    (memory.copy (i32.const 640) (i32.const 512) (i32.const 64))
    (call $must (call $reply (i32.load (i32.const 64)) (i32.const 128))))
  (func (export "handle") (param i32)
    (local $operation i32) (local $count i64)
    (local.set $operation (i32.load (i32.const 0)))
    (local.set $count (i64.load (i32.const 16)))
    (block $other
      (block $six (block $five (block $four (block $three (block $two (block $one
        (br_table $other $one $two $three $four $five $six $other (local.get $operation)))
        (call $burst (local.get $count)) (return))
        (return))
        (call $pass_on (local.get $count)) (return))
        (call $calls (local.get $count)) (return))
      (call $answer) (return))
      (global.set $to (i32.load (i32.const 72))))))
