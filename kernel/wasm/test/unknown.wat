;; Can be run with imports that trap: all that is wrong are functions.
(module
  (import "nowhere" "nothing" (func (param i64 f32) (result f64)))
  (import "copper" "exit" (func (param i64)))
  (import "copper" "time_get" (func (result i64)))
  (func (export "_start")))
