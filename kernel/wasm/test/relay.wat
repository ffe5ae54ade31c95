;; An adapter that hands on a gate which it imports, and lends its memory.
(module
  (import "copper" "time_get" (func (result i64)))
  (import "guest" "read" (func (param i32 i32 i32) (result i32)))
  (import "guest" "write" (func (param i32 i32 i32) (result i32)))
  (export "now" (func 0))
  (memory (export "memory") 1 1))
