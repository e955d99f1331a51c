//! Blocks that wait for a request from outside: the address that a page listens at, and those that
//! programs send to.
//!
//! A message is kept until its conversation took it. A page that comes late, or comes back after it
//! lost its connection, gets it at once.

mod address;
mod deliver;
mod execute;
mod format;
mod publish;
mod receive;
mod room;
mod rooms;
mod signature;
mod socket;

use axum::Router;
use axum::routing::{any, post};

pub use address::Addresses;
pub(crate) use publish::keep_event;
pub use room::{Room, room_of};
pub use rooms::Rooms;

use crate::App;

/// The routes of the API, below `/api`.
pub fn api_routes() -> Router<App> {
    Router::new()
        .route(
            "/v1/typebots/{bot_id}/blocks/{block_id}/results/{result_id}/executeWebhook",
            post(execute::execute_webhook),
        )
        .route(
            "/v1/typebots/{bot_id}/blocks/{block_id}/web/executeTestWebhook",
            post(execute::execute_test_webhook),
        )
}

/// Listeners' secret addresses, below `/api`.
pub fn secret_routes() -> Router<App> {
    Router::new().route("/webhooks/{token}", post(receive::receive))
}

/// `/parties/main/…/webhooks`: pages listen here, programs send here.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/parties/main/{room}/webhooks", any(socket::live))
        .route("/parties/main/{room}/{bot}/webhooks", any(socket::preview))
}
