//! The component around the evaluation.

use std::rc::Rc;

use crate::{Request, Script, World};

#[expect(unsafe_code, reason = "generated, and exports have fixed names")]
mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "script-block" });

    export!(Component);

    use super::Component;
}

use bindings::exports::talkloom::block::script::{
    AssignmentByName, Evaluation, Exception, Guest, Request as Call,
};
use bindings::talkloom::block::types::Failure;
use bindings::talkloom::block::{clock, http, random};

/// How many bytes are read at once.
const PART: u32 = 64 * 1024;

struct Component;

impl Guest for Component {
    fn evaluate(call: Call) -> Result<Evaluation, Exception> {
        let script = script(call).map_err(|message| Exception { message })?;
        let done = crate::evaluate(script, Rc::new(Host));
        let done = done.map_err(|message| Exception { message })?;
        let assignments = done.assignments.into_iter();
        let assignments = assignments.map(|(name, value)| AssignmentByName { name, value });
        Ok(Evaluation {
            value: done.value,
            assignments: assignments.collect(),
        })
    }
}

fn script(call: Call) -> Result<Script, String> {
    let mut arguments = Vec::with_capacity(call.arguments.len());
    for (name, value) in call.arguments {
        let value = serde_json::from_str(&value).map_err(|error| error.to_string())?;
        arguments.push((name, value));
    }
    Ok(Script {
        code: call.code,
        arguments,
        is_async: call.is_async,
        settable: call.settable,
    })
}

struct Host;

impl World for Host {
    fn now_ms(&self) -> u64 {
        clock::now()
    }

    fn fetch(&self, request: Request) -> Result<String, String> {
        text(request).map_err(|failure| match failure {
            Failure::Upstream(error) => error.message,
            Failure::TimedOut(message) | Failure::Denied(message) | Failure::Other(message) => {
                message
            }
            Failure::InvalidOptions(_) => "The request is not valid.".to_owned(),
        })
    }
}

fn text(request: Request) -> Result<String, Failure> {
    let response = http::send(&http::Request {
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: request.body.map(String::into_bytes),
        timeout_ms: 0,
        follow_redirects: true,
    })?;
    let mut bytes = Vec::new();
    while let Some(part) = response.body.read(PART)? {
        bytes.extend_from_slice(&part);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Randomness for the engine, under the name that `getrandom` looks for.
#[expect(unsafe_code, reason = "the signature is getrandom's")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    dest: *mut u8,
    len: usize,
) -> Result<(), getrandom::Error> {
    let len_u32 = u32::try_from(len).map_err(|_| getrandom::Error::UNSUPPORTED)?;
    let bytes = random::bytes(len_u32);
    if bytes.len() != len {
        return Err(getrandom::Error::UNEXPECTED);
    }
    // SAFETY: the caller gives `len` writable bytes at `dest`, and `bytes` has as many.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), dest, len) };
    Ok(())
}
