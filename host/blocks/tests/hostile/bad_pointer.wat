;; Gives an address outside of its memory when the host wants to put its options there.
(module
  (memory (export "memory") 2)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0xfffffff0))
  (func (export "talkloom:block/actions@0.1.0#run") (param $call i32) (result i32)
    (i32.const 1024)))
