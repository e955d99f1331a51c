//! Runs blocks: loading, limits, capabilities, calls.
//!
//! A block is a WebAssembly component. Each call gets a fresh instance, which sees its options and
//! what an operator granted, and nothing else: requests leave through one checked way out, secrets stay in
//! the host, and every call ends within its limits. This crate knows no vendor, no document and no
//! database; it holds no state between calls beyond compiled code and open connections.

mod abilities;
mod asked;
mod bindings;
mod breaker;
mod call;
mod calls;
mod catalog;
mod compiled;
mod compiler;
mod deliver;
mod egress;
mod failure;
mod guest;
mod guests;
mod hearer;
mod icon;
mod imports;
mod inspect;
mod install;
mod interfaces;
mod invoke;
mod meter;
mod redact;
mod registry;
mod runtime;
mod sandbox;
mod schema;
mod settings;
mod state;
mod turns;
mod wire;

pub use abilities::{Abilities, Declined, Mail, MailMessage, NewFile, ValueKey, ValueScope};
pub use asked::{Choice, Event, Opened, Received, WebhookCall, WebhookRequest, WebhookResponse};
pub use call::{
    BlockCall, Channel, Context, Credential, Evaluation, Level, Log, Outcome, Renewal, Renewing,
    Script, ScriptError, Secret, Variable,
};
pub use catalog::block_specs;
pub use compiler::{Compiler, compile};
pub use deliver::{Ask, Delivered, Delivery, Fetched, Outbound, Told, Undelivered};
pub use egress::{AddressClass, Resolve, ResolveFuture, SystemResolver, classify};
pub use failure::{Failure, FieldError};
pub use hearer::{Hearer, Sent};
pub use icon::sanitized_icon;
pub use inspect::read_manifest;
pub use install::{Grants, InstallError, Installed, grant_names};
pub use runtime::{Runtime, StartError};
pub use settings::{Clock, Egress, Limits, Settings};
