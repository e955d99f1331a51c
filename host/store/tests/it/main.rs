//! The store over a database of its own for each test: SQLite, or PostgreSQL where
//! `TALKLOOM_TEST_DATABASE=postgres` says so.

mod broken_off;
mod files;
mod keys;
mod postgres;
mod retention;
mod support;
mod tenants;
mod texts;
mod turns;
