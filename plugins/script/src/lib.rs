//! Block: a JavaScript engine in a sandbox.
