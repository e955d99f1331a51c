;; Fetches the address that is its options, emits the body, and repeats what came first in its log and, where that is JSON, as a message.
(module
  (import "talkloom:block/http@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "talkloom:block/http@0.1.0" "[method]body.read" (func $read (param i32 i32 i32)))
  (import "talkloom:block/http@0.1.0" "[resource-drop]body" (func $drop_body (param i32)))
  (import "talkloom:block/live@0.1.0" "emit" (func $emit (param i32 i32)))
  (import "talkloom:block/log@0.1.0" "write" (func $log (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 8192))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1)
        (i32.div_u (i32.sub (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
          (i32.const 65536)))))))
    (local.get $at))
  (data (i32.const 256) "GET")
  (func (export "talkloom:block/actions@0.1.0#run") (param $call i32) (result i32) (local $body i32) (local $part i32) (local $length i32) (local $parts i32)
    ;; The options are JSON text: the address stands between quotes.
    (call $send
      (i32.const 256) (i32.const 3)
      (i32.add (i32.load offset=8 (local.get $call)) (i32.const 1))
      (i32.sub (i32.load offset=12 (local.get $call)) (i32.const 2))
      (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 1)
      (i32.const 2048))
    ;; A failure has the same shape as the block's own.
    (if (i32.load8_u (i32.const 2048)) (then (return (i32.const 2048))))
    (local.set $body (i32.load (i32.const 2064)))
    (loop $more
      (call $read (local.get $body) (i32.const 65536) (i32.const 2112))
      (if (i32.load8_u (i32.const 2112)) (then
        (call $drop_body (local.get $body))
        (return (i32.const 2112))))
      (if (i32.load8_u (i32.const 2116)) (then
        (local.set $part (i32.load (i32.const 2120)))
        (local.set $length (i32.load (i32.const 2124)))
        (call $emit (local.get $part) (local.get $length))
        (if (i32.eqz (local.get $parts)) (then
          (call $log (i32.const 1) (local.get $part) (local.get $length)
            (i32.const 0) (i32.const 0) (i32.const 0))
          (if (i32.eq (i32.load8_u (local.get $part)) (i32.const 0x7b)) (then
            (i32.store (i32.const 1100) (local.get $part))
            (i32.store (i32.const 1104) (local.get $length))
            (i32.store (i32.const 1056) (i32.const 1100))
            (i32.store (i32.const 1060) (i32.const 1))))))
        (local.set $parts (i32.add (local.get $parts) (i32.const 1)))
        (br $more))))
    (call $drop_body (local.get $body))
    (i32.const 1024))
)
