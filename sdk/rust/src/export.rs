//! How a component is put together around a [`Plugin`]; used by [`block!`](crate::block).

use crate::bindings::talkloom::block::types;
use crate::{Plugin, convert};

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

            impl $crate::bindings::exports::talkloom::block::actions::Guest for Component {
                fn run(
                    call: $crate::bindings::talkloom::block::types::Call,
                ) -> Result<
                    $crate::bindings::talkloom::block::types::Outcome,
                    $crate::bindings::talkloom::block::types::Failure,
                > {
                    $crate::export::run(&plugin(), call)
                }
            }

            #[unsafe(export_name = "talkloom:manifest")]
            extern "C" fn manifest() -> u64 {
                $crate::export::describe(&plugin())
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
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

/// The manifest's JSON, or the complaint behind a `!`: its address in the upper half, its length
/// in the lower one. The memory is never freed, since the instance ends with this call.
pub fn describe(plugin: &Plugin) -> u64 {
    let bytes = match plugin.manifest().to_bytes() {
        Ok(bytes) => bytes,
        Err(error) => format!("!{error}").into_bytes(),
    };
    let bytes = bytes.leak();
    ((bytes.as_ptr().addr() as u64) << 32) | bytes.len() as u64
}
