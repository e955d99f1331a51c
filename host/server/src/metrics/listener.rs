//! `/metrics`, at an address of its own that visitors do not reach.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

use super::figures::{Installed, UPKEEP};
use super::{process, sampled};
use crate::App;

struct Shared {
    app: App,
    installed: Installed,
}

/// Answers Prometheus for as long as it is polled.
pub async fn serve(listener: TcpListener, app: App, installed: Installed) -> std::io::Result<()> {
    let recorder = installed.recorder.clone();
    let upkeep = async {
        let mut rounds = interval(UPKEEP);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            recorder.run_upkeep();
        }
    };
    let shared = Arc::new(Shared { app, installed });
    let routes = Router::new()
        .route("/metrics", get(print))
        .with_state(shared);
    tokio::select! {
        served = async { axum::serve(listener, routes).await } => served,
        () = upkeep => Ok(()),
    }
}

async fn print(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    sampled::take(&shared.app);
    process::sample();
    let form = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, form)], shared.installed.recorder.render())
}
