//! What the runtime's tests share.

pub mod component;
pub mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use talkloom_blocks::{BlockCall, Credential, Egress, Grants, Limits, Runtime, Secret, Settings};

pub use component::CONTRACT;

/// Limits that end hostile blocks soon.
pub fn limits() -> Limits {
    Limits {
        action_cpu: Duration::from_millis(100),
        action_wall: Duration::from_secs(5),
        ..Limits::default()
    }
}

/// Settings with a fixed time and the limits above.
pub fn settings() -> Settings {
    Settings {
        limits: limits(),
        ..Settings::new(Arc::new(|| 1_700_000_000_000))
    }
}

/// A runtime whose blocks may reach these servers besides the public network.
pub fn runtime(servers: &[&server::Server]) -> Runtime {
    let settings = Settings {
        egress: Egress {
            allow: servers.iter().map(|server| server.address).collect(),
            ..Egress::default()
        },
        ..settings()
    };
    Runtime::new(settings).expect("the sandbox starts")
}

/// A manifest for a block type of the same name.
pub fn manifest(name: &str, permissions: &[Value]) -> Value {
    let slug = name.replace('_', "-");
    json!({
        "id": format!("hostile/{slug}"),
        "version": "1.0.0",
        "contract": "0.1",
        "name": name,
        "provides": ["actions"],
        "blocks": [{"type": name, "name": name, "actions": ["run"], "credential": "key"}],
        "actions": [{"name": "run", "options": {}, "streams": true}],
        "credentials": [{
            "kind": "key",
            "name": "Key",
            "fields": [
                {"name": "baseUrl", "label": "Address"},
                {"name": "apiKey", "label": "Key", "secret": true},
            ],
            "injections": [{
                "hosts": ["{baseUrl}"],
                "place": "header",
                "name": "Authorization",
                "template": "Bearer {apiKey}",
            }],
        }],
        "permissions": permissions,
    })
}

/// Permission to ask the hosts that stand in the options.
pub fn option_hosts() -> Value {
    json!({"kind": "optionHosts", "reason": "Asks the address in the options."})
}

/// The component of `tests/hostile/NAME.wat`.
pub fn hostile(name: &str, permissions: &[Value]) -> Vec<u8> {
    with_manifest(name, &manifest(name, permissions))
}

/// The same with a manifest of its own.
pub fn with_manifest(name: &str, manifest: &Value) -> Vec<u8> {
    component::component(&text(name), CONTRACT, "action-block", manifest)
}

/// The component of `tests/hostile/NAME.wat` before it gets a manifest.
pub fn without_manifest(name: &str) -> Vec<u8> {
    component::encoded(&text(name), CONTRACT, "action-block")
}

/// The same with a contract of its own.
pub fn hostile_with(name: &str, wit: &str) -> Vec<u8> {
    component::component(&text(name), wit, "hostile", &manifest(name, &[]))
}

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/hostile/{name}.wat"));
    std::fs::read_to_string(path).expect("the text is there")
}

/// Installs `tests/hostile/NAME.wat`, on a thread where waiting is no harm.
pub async fn install(runtime: &Runtime, name: &str, permissions: &[Value]) {
    let wasm = hostile(name, permissions);
    let runtime = runtime.clone();
    tokio::task::spawn_blocking(move || runtime.install(wasm, Grants::Declared))
        .await
        .expect("no panic")
        .expect("it can be installed");
}

/// A call of that block.
pub fn call(name: &str, options: Value) -> BlockCall {
    BlockCall {
        block_type: name.into(),
        action: "run".into(),
        options,
        ..BlockCall::default()
    }
}

/// A credential whose key may be sent to `base_url`.
pub fn credential(base_url: &str, api_key: &str) -> Credential {
    Credential {
        kind: "key".into(),
        account: None,
        fields: BTreeMap::from([("baseUrl".into(), base_url.into())]),
        secrets: BTreeMap::from([("apiKey".into(), Secret::new(api_key))]),
    }
}
