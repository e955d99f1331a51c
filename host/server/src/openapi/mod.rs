//! `GET /api/openapi.json`: the chat API, described. Schemas come from the handlers' own types.

mod operations;
mod responses;
pub mod schema;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

static DESCRIPTION: LazyLock<String> = LazyLock::new(|| describe().to_string());

/// `GET /api/openapi.json`.
pub(crate) async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION.as_str())
}

/// The whole description, as OpenAPI 3.1.
pub fn describe() -> Value {
    let mut types = Types::default();
    let mut paths = Map::new();
    for operation in operations::all(&mut types) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = operation.method;
        path[method] = operation.json();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Talkloom chat API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What a visitor's page and programs speak with bots. Fields that have no \
                            value are absent; errors are JSON with a sentence.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": types.0,
            "responses": responses::errors(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token: `talkloom token create NAME` makes one.",
                },
            },
        },
    })
}

/// The schemas that the operations name.
#[derive(Default)]
struct Types(BTreeMap<String, RefOr<Schema>>);

impl Types {
    /// A reference to a type's schema, which is taken in with all that it names.
    fn of<T: ToSchema>(&mut self) -> Value {
        let mut named = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut named);
        self.0.extend(named);
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }
}
