//! How a component is put together around a [`Plugin`]; used by [`block!`](crate::block).

use crate::bindings::exports::talkloom::block::{choices, inputs, webhooks};
use crate::bindings::talkloom::block::types;
use crate::{Choice, Plugin, convert};

/// Exports a plugin as a component: `block!(Plugin::new("acme/hello", "Hello")…)`.
///
/// It also defines `plugin()`, which tests can call; the version is the crate's own.
#[macro_export]
macro_rules! block {
    ($plugin:expr) => {
        /// What this component is and does.
        pub fn plugin() -> $crate::Plugin {
            ($plugin).version(env!("CARGO_PKG_VERSION"))
        }

        #[cfg(target_arch = "wasm32")]
        #[expect(unsafe_code, reason = "exports have fixed names")]
        const _: () = {
            struct Component;

            $crate::export_interfaces!(Component);

            #[unsafe(export_name = "talkloom:manifest")]
            extern "C" fn manifest() -> u64 {
                $crate::export::describe(&plugin())
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}

/// Implements every interface; what the manifest does not provide is taken out of the component.
#[doc(hidden)]
#[macro_export]
macro_rules! export_interfaces {
    ($component:ident) => {
        use $crate::bindings::exports::talkloom::block as exported;
        use $crate::bindings::talkloom::block::types;

        impl exported::actions::Guest for $component {
            fn run(call: types::Call) -> Result<types::Outcome, types::Failure> {
                $crate::export::run(&plugin(), call)
            }
        }

        impl exported::inputs::Guest for $component {
            fn open(call: types::Call) -> Result<exported::inputs::Opened, types::Failure> {
                $crate::export::open(&plugin(), call)
            }

            fn accept(
                call: types::Call,
                kept: String,
                reply: String,
            ) -> Result<types::Outcome, types::Failure> {
                $crate::export::accept(&plugin(), call, kept, reply)
            }
        }

        impl exported::choices::Guest for $component {
            fn list_choices(
                field: String,
                call: types::Call,
            ) -> Result<Vec<exported::choices::Choice>, types::Failure> {
                $crate::export::choices(&plugin(), field, call)
            }
        }

        impl exported::webhooks::Guest for $component {
            fn receive(
                webhook: String,
                request: exported::webhooks::Request,
                credential: Option<types::Credential>,
            ) -> Result<exported::webhooks::Received, types::Failure> {
                $crate::export::receive(&plugin(), webhook, request, credential)
            }
        }

        impl exported::migrate::Guest for $component {
            fn options(
                from_version: String,
                action: String,
                options: String,
            ) -> Result<String, types::Failure> {
                $crate::export::migrate(&plugin(), from_version, action, options)
            }
        }
    };
}

/// Runs the action that a call names.
///
/// # Errors
/// The action's own.
pub fn run(plugin: &Plugin, call: types::Call) -> Result<types::Outcome, types::Failure> {
    let (action, options, mut call) = convert::call(call)?;
    plugin.run(&action, options, &mut call)?;
    Ok(convert::outcome(call))
}

/// Prepares the input that a call names.
///
/// # Errors
/// The input's own.
pub fn open(plugin: &Plugin, call: types::Call) -> Result<inputs::Opened, types::Failure> {
    let (input, options, mut call) = convert::call(call)?;
    let opened = plugin.open(&input, options, &mut call)?;
    Ok(inputs::Opened {
        shown: opened.shown.to_string(),
        kept: opened.kept.to_string(),
    })
}

/// Takes a reply to the input that a call names.
///
/// # Errors
/// The input's own.
pub fn accept(
    plugin: &Plugin,
    call: types::Call,
    kept: String,
    reply: String,
) -> Result<types::Outcome, types::Failure> {
    let (input, options, mut call) = convert::call(call)?;
    let kept = convert::json(&kept)?;
    plugin.accept(&input, options, kept, &reply, &mut call)?;
    Ok(convert::outcome(call))
}

/// Lists what a field can be set to.
///
/// # Errors
/// The list's own.
pub fn choices(
    plugin: &Plugin,
    field: String,
    call: types::Call,
) -> Result<Vec<choices::Choice>, types::Failure> {
    let (action, options, mut call) = convert::call(call)?;
    let listed = plugin.choices(&action, &field, options, &mut call)?;
    let choice = |choice: Choice| choices::Choice {
        value: choice.value,
        label: choice.label,
        icon: choice.icon,
    };
    Ok(listed.into_iter().map(choice).collect())
}

/// Takes a request from outside.
///
/// # Errors
/// The webhook's own.
pub fn receive(
    plugin: &Plugin,
    webhook: String,
    request: webhooks::Request,
    credential: Option<types::Credential>,
) -> Result<webhooks::Received, types::Failure> {
    let credential = credential.map(convert::credential);
    let received = plugin.receive(&webhook, convert::request(request), credential)?;
    Ok(convert::received(received))
}

/// Brings options up to date.
///
/// # Errors
/// The author's own.
pub fn migrate(
    plugin: &Plugin,
    from_version: String,
    action: String,
    options: String,
) -> Result<String, types::Failure> {
    let options = convert::json(&options)?;
    let migrated = plugin.migrate_options(&from_version, &action, options)?;
    Ok(migrated.to_string())
}

/// The manifest's JSON, or the complaint behind a `!`: its address in the upper half, its length
/// in the lower one. The memory is never freed, since the instance ends with this call.
pub fn describe(plugin: &Plugin) -> u64 {
    let bytes = match plugin.describe_bytes() {
        Ok(bytes) => bytes,
        Err(complaint) => format!("!{complaint}").into_bytes(),
    };
    let bytes = bytes.leak();
    ((bytes.as_ptr().addr() as u64) << 32) | bytes.len() as u64
}
