;; A command whose memory is an adapter's, and whose gate comes through it.
(module
  (import "relay" "now" (func (result i64)))
  (import "relay" "memory" (memory 1 1))
  (export "memory" (memory 0))
  (func (export "_start")))
