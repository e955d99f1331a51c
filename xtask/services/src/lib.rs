//! Private PostgreSQL, Redis, mail and sign-in servers on free ports of this machine, for tests and benches.
//!
//! `cargo xtask test` starts one of the first two and names them in the environment; a test that is run by
//! itself starts its own. They end with the value that holds them. The programs come from the
//! operating system: [`find`] says where they are looked for.

pub mod find;
mod oidc;
mod place;
mod postgres;
mod process;
mod proxy;
pub mod python;
mod redis;
mod smtp;

pub use oidc::OpenIdProvider;
pub use place::Place;
pub use postgres::{Postgres, PostgresOptions, TestDatabase};
pub use proxy::{Cut, Proxy};
pub use redis::Redis;
pub use smtp::Smtp;

/// Names a PostgreSQL server whose databases tests may make and drop: a `postgres://` address.
pub const POSTGRES: &str = "TALKLOOM_TEST_POSTGRES";
/// Names a Redis server that tests may use, each with a prefix of its own: a `redis://` address.
pub const REDIS: &str = "TALKLOOM_TEST_REDIS";
/// Says which database the tests of store and server run on: `sqlite`, the default, or `postgres`.
pub const DATABASE: &str = "TALKLOOM_TEST_DATABASE";
