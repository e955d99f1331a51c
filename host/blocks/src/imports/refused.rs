//! Abilities that the contract names and this host does not offer yet: each call is denied.

use wasmtime::Result;

use crate::bindings::talkloom::block::mail::Message;
use crate::bindings::talkloom::block::state::Scope;
use crate::bindings::talkloom::block::types::{Credential, Failure};
use crate::bindings::talkloom::block::{files, mail, state};
use crate::state::CallState;

type Answer<T> = Result<Result<T, Failure>>;

fn absent<T>(what: &str) -> Answer<T> {
    Ok(Err(Failure::Denied(format!(
        "This version of the host cannot {what} for blocks yet."
    ))))
}

impl state::Host for CallState {
    fn get(&mut self, _: Scope, _: String) -> Answer<Option<Vec<u8>>> {
        absent("keep values")
    }

    fn set(&mut self, _: Scope, _: String, _: Vec<u8>, _: Option<u32>) -> Answer<()> {
        absent("keep values")
    }

    fn delete(&mut self, _: Scope, _: String) -> Answer<()> {
        absent("keep values")
    }
}

impl files::Host for CallState {
    fn save(&mut self, _: String, _: String, _: Vec<u8>) -> Answer<String> {
        absent("store files")
    }

    fn load(&mut self, _: String) -> Answer<Vec<u8>> {
        absent("read files")
    }
}

impl mail::Host for CallState {
    fn send(&mut self, _: Message, _: Option<Credential>, _: String) -> Answer<()> {
        absent("send mail")
    }
}
