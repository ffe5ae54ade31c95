;; One of many: tells its guardian, its first handle, the time of its first instruction, and answers
;; each request after that with how many it has had.
;;
;;   0  what comes      128  what goes      1024  the birth record, whose first handle is at 24
(module
  (import "copper" "time_get" (func $time_get (result i64)))
  (import "copper" "birth" (func $birth (param i32 i32) (result i32)))
  (import "copper" "send" (func $send (param i32 i32 i64 i64) (result i32)))
  (import "copper" "reply" (func $reply (param i32 i32) (result i32)))
  (import "copper" "handle_close" (func $handle_close (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (global $requests (mut i64) (i64.const 0))
  (func $must (param $status i32) (if (local.get $status) (then (unreachable))))
  (func (export "start") (result i32)
    (i64.store (i32.const 144) (call $time_get))
    (i32.store (i32.const 128) (i32.const 1))
    (drop (call $birth (i32.const 1024) (i32.const 1024)))
    (call $must (call $send (i32.load (i32.const 1048)) (i32.const 128) (i64.const 0) (i64.const 0)))
    (call $must (call $handle_close (i32.load (i32.const 1048))))
    (i32.const 0))
  (func (export "handle") (param $request i32)
    (if (i32.eqz (i32.load offset=64 (local.get $request))) (then (return))) ;; a handle was released
    (global.set $requests (i64.add (global.get $requests) (i64.const 1)))
    (i64.store (i32.const 144) (global.get $requests))
    (i32.store (i32.const 132) (i32.const 0))
    (call $must (call $reply (i32.load offset=64 (local.get $request)) (i32.const 128)))))
