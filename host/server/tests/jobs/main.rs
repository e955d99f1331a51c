//! Jobs in every setting: SQLite, PostgreSQL, and Redis handing over.

/// Each test once in every setting, in a process's own runtime.
macro_rules! in_every_setting {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::setting::Setting::new("sqlite")).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::setting::Setting::new("postgres")).await;
            })+
        }
        mod on_redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::setting::Setting::new("redis")).await;
            })+
        }
    };
}
pub(crate) use in_every_setting;

mod child;
mod crashes;
mod exports;
mod flow;
mod kinds;
mod lanes;
mod mail;
mod payloads;
mod poison;
mod receiver;
mod setting;
mod told;
mod webhooks;
