;; An adapter: its own memory, the calls that reach its program's, a gate.
(module
  (import "guest" "read" (func (param i32 i32 i32) (result i32)))
  (import "guest" "write" (func (param i32 i32 i32) (result i32)))
  (import "guest" "call" (func (param i32 i32 i32) (result i32)))
  (import "copper" "birth" (func (param i32 i32) (result i32)))
  (memory 1 1)
  (func $first)
  (start $first)
  (func (export "double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0))))
