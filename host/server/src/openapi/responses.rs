//! Errors, each with an example as the server words it.

use serde_json::{Map, Value, json};

/// Status, component, code, an example's message.
const ERRORS: [(u16, &str, &str, &str); 8] = [
    (400, "BadRequest", "BAD_REQUEST", "Input validation failed"),
    (
        401,
        "Unauthorized",
        "UNAUTHORIZED",
        "This API token is not valid.",
    ),
    (403, "Forbidden", "FORBIDDEN", "Origin not allowed"),
    (
        404,
        "NotFound",
        "NOT_FOUND",
        "Session not found. It may have ended: start a new conversation.",
    ),
    (
        408,
        "Timeout",
        "TIMEOUT",
        "The bot took longer than 120 seconds. Send your message again.",
    ),
    (
        409,
        "Conflict",
        "CONFLICT",
        "This conversation is busy. Send your message again.",
    ),
    (
        413,
        "TooLarge",
        "PAYLOAD_TOO_LARGE",
        "This message is too large. Send at most 1024 KiB.",
    ),
    (
        500,
        "Fault",
        "INTERNAL_SERVER_ERROR",
        "Something went wrong on the server. Try again in a moment.",
    ),
];

/// The components.
pub(super) fn errors() -> Value {
    let component = |(status, name, code, message): &(u16, &str, &str, &str)| {
        let example = json!({"defined": false, "code": code, "status": status, "message": message});
        let content = json!({
            "schema": {"$ref": "#/components/schemas/Error"},
            "example": example,
        });
        let response = json!({
            "description": message,
            "content": {"application/json": content},
        });
        ((*name).to_owned(), response)
    };
    ERRORS.iter().map(component).collect::<Map<_, _>>().into()
}

/// References to the errors that an operation answers with.
pub(super) fn of_operation(needs_token: bool) -> impl Iterator<Item = (String, Value)> {
    let asked = move |status: u16| status != 401 || needs_token;
    ERRORS
        .iter()
        .filter(move |(status, ..)| asked(*status))
        .map(|(status, name, ..)| {
            let reference = format!("#/components/responses/{name}");
            (status.to_string(), json!({"$ref": reference}))
        })
}
