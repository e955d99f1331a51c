//! Derive macros of talkloom-block.
