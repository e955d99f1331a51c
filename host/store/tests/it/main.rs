//! The store over a SQLite file of its own for each test.

mod files;
mod keys;
mod support;
mod tenants;
mod turns;
