;; Wants something that the contract does not name.
(module
  (import "acme:disk/files@1.0.0" "wipe" (func $wipe))
  (memory (export "memory") 2)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
  (func (export "talkloom:block/actions@0.1.0#run") (param $call i32) (result i32)
    (call $wipe)
    (i32.const 1024)))
