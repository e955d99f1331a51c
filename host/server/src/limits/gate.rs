//! Limits in front of routes.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::{Address, Limit, Limits};
use crate::App;
use crate::chat::ChatError;

/// A limit and how its keys are found.
#[derive(Clone)]
struct Gate {
    limit: Limit,
    trusts_forwarded: bool,
}

impl Limits {
    /// Routes that begin conversations.
    pub(crate) fn starting(&self, routes: Router<App>) -> Router<App> {
        self.guard(self.starts.as_ref(), routes)
    }

    /// Routes of the chat API.
    pub(crate) fn visiting(&self, routes: Router<App>) -> Router<App> {
        self.guard(self.requests.as_ref(), routes)
    }

    /// Where there is no limit, the routes stay as they are.
    fn guard(&self, limit: Option<&Limit>, routes: Router<App>) -> Router<App> {
        let Some(limit) = limit else {
            return routes;
        };
        let gate = Gate {
            limit: limit.clone(),
            trusts_forwarded: self.trusts_forwarded,
        };
        routes.route_layer(from_fn_with_state(gate, pass))
    }

    /// Counts a conversation that begins at an address where not only that is done.
    pub(crate) async fn start(&self, address: &Address) -> Result<(), ChatError> {
        match &self.starts {
            Some(limit) => Ok(limit.admit(address.as_str()).await?),
            None => Ok(()),
        }
    }
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let address = Address::of(
        request.headers(),
        request.extensions(),
        gate.trusts_forwarded,
    );
    match gate.limit.admit(address.as_str()).await {
        Ok(()) => next.run(request).await,
        Err(too_often) => ChatError::from(too_often).into_response(),
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let trusts = app.limits.trusts_forwarded;
        Ok(Self::of(&parts.headers, &parts.extensions, trusts))
    }
}
