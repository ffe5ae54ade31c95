;; What modules made by wasm-opt's generator import: each logged value changes one checksum, so that
;; what a program logs, and in which order, can be compared by a single number.
(module
  (global $hash (mut i64) (i64.const 0))
  (func $mix (param i64)
    (global.set $hash
      (i64.add (i64.mul (i64.rotl (global.get $hash) (i64.const 5)) (i64.const 0x9E3779B97F4A7C15))
               (local.get 0))))
  (func (export "log-i32") (param i32) (call $mix (i64.extend_i32_u (local.get 0))))
  (func (export "log-i64") (param i64) (call $mix (local.get 0)))
  (func (export "log-f32") (param f32)
    (call $mix (i64.extend_i32_u (i32.reinterpret_f32 (local.get 0)))))
  (func (export "log-f64") (param f64) (call $mix (i64.reinterpret_f64 (local.get 0))))
  (func (export "hash") (result i64) (global.get $hash)))
