//! Write a Talkloom block in Rust.
