//! A block that uses all of the contract. It does little, and its options say what: the host's
//! tests run it where a block of the real world would need an account.

mod actions;
mod payment;

use serde_json::Value;
use talkloom_block::manifest::{CredentialField, CredentialType, PermissionKind};
use talkloom_block::prelude::*;
use talkloom_block::webhook::{Event, Received, Request};
use talkloom_block::{Credential, secrets};

use actions::{keep_value, leave, list_exits, load_file, save_file, send_mail};

/// The kind of credential that webhooks are checked with and mail is sent through.
const CREDENTIAL: &str = "sample";

talkloom_block::block!(
    Plugin::new("talkloom/sample", "Sample")
        .help("Shows what a block can do.")
        .credential(credential())
        .permission(PermissionKind::State, "It keeps what the options say.")
        .permission(
            PermissionKind::Files,
            "It saves and reads what the options say."
        )
        .permission(PermissionKind::Mail, "It sends what the options say.")
        .permission(PermissionKind::Hmac, "It checks who sends to its webhook.")
        .action(
            Action::new("Leave", leave)
                .exit("early", "Early")
                .exit("late", "Late")
                .choices("by", list_exits)
        )
        .action(Action::new("Keep value", keep_value))
        .action(Action::new("Save file", save_file))
        .action(Action::new("Load file", load_file))
        .action(Action::new("Send mail", send_mail))
        .input(Input::new("Pay", payment::open, payment::accept).exit("refunded", "Refunded"))
        .webhook("events", receive)
        .migrate(migrate)
        .block(block(
            "sample",
            &["Leave", "Keep value", "Save file", "Load file", "Send mail"],
            None
        ))
        .block(block("payment input", &["Pay"], Some("Pay")))
);

fn block(
    block_type: &str,
    actions: &[&str],
    usual: Option<&str>,
) -> talkloom_block::manifest::BlockType {
    talkloom_block::manifest::BlockType {
        block_type: block_type.to_owned(),
        name: "Sample".to_owned(),
        help: None,
        icon: None,
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        default_action: usual.map(str::to_owned),
        credential: Some(CREDENTIAL.to_owned()),
    }
}

fn credential() -> CredentialType {
    let field = |name: &str, secret| CredentialField {
        name: name.to_owned(),
        label: name.to_owned(),
        help: None,
        placeholder: None,
        default: None,
        secret,
        required: false,
    };
    CredentialType {
        kind: CREDENTIAL.to_owned(),
        name: "Sample account".to_owned(),
        help: None,
        fields: vec![
            field("signingKey", true),
            field("host", false),
            field("port", false),
            field("tls", false),
            field("from", false),
        ],
        injections: Vec::new(),
        oauth2: None,
    }
}

/// Takes requests whose header `signature` is the body's HMAC in hex, and repeats them as events.
fn receive(request: Request, credential: Option<Credential>) -> Result<Received, Failure> {
    let unsigned = || Failure::Denied("The request is not signed.".to_owned());
    if credential.is_none() {
        return Err(unsigned());
    }
    let signature = request.header("signature").ok_or_else(unsigned)?;
    let expected = secrets::hmac("signingKey", secrets::Hash::Sha256, &request.body)?;
    let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    if signature != expected {
        return Err(unsigned());
    }
    let told: Value = request.json()?;
    let text = |key: &str| told[key].as_str().map(str::to_owned);
    Ok(Received::event(Event {
        id: text("id"),
        name: text("name").unwrap_or_default(),
        correlation: text("result"),
        data: told["data"].clone(),
    }))
}

/// Version 0.1 called `by` `exit`.
fn migrate(from: &str, _action: &str, mut options: Value) -> Result<Value, Failure> {
    if from.starts_with("0.1.")
        && let Some(keys) = options.as_object_mut()
        && let Some(exit) = keys.remove("exit")
    {
        keys.insert("by".to_owned(), exit);
    }
    Ok(options)
}
