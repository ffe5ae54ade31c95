;; A handler that answers with what it was sent: 64 bytes.
(module
  (import "copper" "reply" (func $reply (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 48) "\00\02\00\00\40\00\00\00\40\00\00\00")   ;; payload 512, size and capacity 64
  (data (i32.const 176) "\00\02\00\00\40\00\00\00\00\00\00\00")  ;; the answer's: 128 + 48
  (func (export "start") (result i32) (i32.const 0))
  (func (export "handle") (param i32)
    (drop (call $reply (i32.load offset=64 (local.get 0)) (i32.const 128)))))
