//! The store over a database of its own for each test: SQLite, or PostgreSQL where
//! `TALKLOOM_TEST_DATABASE=postgres` says so.

mod blocks;
mod broken_off;
mod building;
mod files;
mod keys;
mod oauth;
mod people;
mod postgres;
mod removal;
mod retention;
mod schema;
mod support;
mod tenants;
mod texts;
mod turns;
