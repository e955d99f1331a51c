//! Small bots.

use serde_json::{Value, json};

/// A bot with one group of blocks; texts and inputs use the variables `v_name` (`Name`) and
/// `v_city` (`City`).
pub fn bot(blocks: &[Value]) -> Value {
    json!({
        "version": "6.1",
        "name": "Test",
        "icon": null,
        "folderId": null,
        "events": [{"id": "start", "type": "start", "graphCoordinates": {"x": 0, "y": 0}, "outgoingEdgeId": "e_start"}],
        "groups": [{"id": "g", "title": "Group", "graphCoordinates": {"x": 0, "y": 0}, "blocks": blocks}],
        "edges": [{"id": "e_start", "from": {"eventId": "start"}, "to": {"groupId": "g"}}],
        "variables": [{"id": "v_name", "name": "Name"}, {"id": "v_city", "name": "City"}],
        "theme": {},
        "settings": {"general": {"isInputPrefillEnabled": true}},
    })
}

pub fn text(id: &str, text: &str) -> Value {
    let paragraph = json!({"type": "p", "children": [{"text": text}]});
    json!({"id": id, "type": "text", "content": {"richText": [paragraph]}})
}

pub fn text_input(id: &str, variable: &str) -> Value {
    json!({"id": id, "type": "text input", "options": {"variableId": variable}})
}

pub fn email_input(id: &str) -> Value {
    let options = json!({"retryMessageContent": "That is no e-mail address. Try again."});
    json!({"id": id, "type": "email input", "options": options})
}

/// Greets, asks for a name, greets again, asks for an address, and ends.
pub fn greeter() -> Value {
    bot(&[
        text("b_hello", "Hello! Who are you?"),
        text_input("b_name", "v_name"),
        text("b_glad", "Glad to meet you, {{Name}}."),
        email_input("b_email"),
        text("b_bye", "Bye."),
    ])
}
