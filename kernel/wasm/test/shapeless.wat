;; No command: `_start` has a parameter, and there is no memory for the adapter.
(module
  (import "wasi" "double" (func (param i32) (result i32)))
  (func (export "_start") (param i32)))
