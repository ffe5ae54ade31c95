;; A command that needs an adapter.
(module
  (import "wasi" "double" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (func $first)
  (start $first)
  (func (export "_start")))
