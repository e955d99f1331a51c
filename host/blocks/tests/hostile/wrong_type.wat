;; Has the right names, but its function takes something else.
(module
  (memory (export "memory") 2)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
  (func (export "talkloom:block/actions@0.1.0#run") (param i32 i32) (result i32)
    (i32.const 7)))
