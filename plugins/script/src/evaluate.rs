//! Runs a script and gives what it returns.

use std::rc::Rc;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{
    Context, JsError, JsObject, JsResult, JsString, JsValue, Source, js_string,
    property::PropertyKey,
};
use serde_json::Value;

use crate::globals::Session;
use crate::{World, engine, globals};

/// What is to be run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// The body of a function.
    pub code: String,
    /// Names that the body sees, and their values.
    pub arguments: Vec<(String, Value)>,
    /// The body may `await` and use `fetch`.
    pub is_async: bool,
    /// The names that `setVariable` accepts.
    pub settable: Vec<String>,
}

/// What a script gave, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// What it returned; none for `undefined`.
    pub value: Option<String>,
    /// What it set with `setVariable`, in order.
    pub assignments: Vec<(String, String)>,
}

/// Runs a script.
///
/// # Errors
/// What it throws: `ReferenceError: x is not defined`.
pub fn evaluate(script: Script, world: Rc<dyn World>) -> Result<Evaluation, String> {
    let mut context = engine::start(Rc::clone(&world)).map_err(|error| error.to_string())?;
    let cx = &mut context;
    match run(script, world, cx) {
        Ok(value) => Ok(Evaluation {
            value,
            assignments: globals::assignments(cx),
        }),
        Err(error) => Err(words(error, cx)),
    }
}

fn run(script: Script, world: Rc<dyn World>, cx: &mut Context) -> JsResult<Option<String>> {
    for (name, value) in &script.arguments {
        let value = JsValue::from_json(value, cx)?;
        let name = PropertyKey::from(js_string!(name.as_str()));
        cx.global_object().set(name, value, false, cx)?;
    }
    globals::register(Session::new(world, script.settable), script.is_async, cx)?;

    // The line break ends a comment in the last line of the code.
    let function = if script.is_async {
        "async function"
    } else {
        "function"
    };
    let source = format!("({function} () {{\n{}\n}})()", script.code);
    let mut value = cx.eval(Source::from_bytes(&source))?;
    if script.is_async {
        cx.run_jobs()?;
        value = settled(&value)?;
    }
    to_json(&value, cx)
}

/// What a promise came to.
fn settled(value: &JsValue) -> JsResult<JsValue> {
    let Some(promise) = value.as_object() else {
        return Ok(value.clone());
    };
    match JsPromise::from_object(promise)?.state() {
        PromiseState::Fulfilled(value) => Ok(value),
        PromiseState::Rejected(error) => Err(JsError::from_opaque(error)),
        PromiseState::Pending => Err(engine::error("The code waits for what never happens.")),
    }
}

/// As `JSON.stringify` writes it; none for `undefined` and what else has no JSON form.
pub(crate) fn to_json(value: &JsValue, cx: &mut Context) -> JsResult<Option<String>> {
    if value.is_undefined() {
        return Ok(None);
    }
    let json: JsObject = cx.intrinsics().objects().json();
    let stringify = json.get(js_string!("stringify"), cx)?;
    let stringify = stringify.as_callable().ok_or_else(|| {
        engine::error("JSON.stringify was replaced by something that cannot be called.")
    })?;
    let text = stringify.call(&json.into(), std::slice::from_ref(value), cx)?;
    Ok(text.as_string().map(lossy))
}

/// A JavaScript text as UTF-8; half characters are replaced.
pub(crate) fn lossy(text: JsString) -> String {
    text.to_std_string_lossy()
}

/// What was thrown, in the engine's words.
fn words(error: JsError, cx: &mut Context) -> String {
    // What follows the first line is where it happened within the engine.
    let limit = error.to_string();
    let limit = limit.lines().next().unwrap_or_default().to_owned();
    let Ok(thrown) = error.into_opaque(cx) else {
        return limit;
    };
    match thrown.to_string(cx) {
        Ok(text) => lossy(text),
        Err(_) => limit,
    }
}
