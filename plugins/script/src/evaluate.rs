//! Runs a script and gives what it returns.

use std::rc::Rc;

use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{
    Context, JsArgs, JsError, JsNativeError, JsObject, JsResult, JsString, JsValue, NativeFunction,
    Source, js_string, property::PropertyKey,
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

/// A value as it leaves the engine: copied, and then as `JSON.stringify` writes it. None for
/// `undefined` and for what has no JSON form, such as a big integer or an object within itself.
///
/// # Errors
/// Functions, symbols and promises cannot be copied.
pub(crate) fn to_json(value: &JsValue, cx: &mut Context) -> JsResult<Option<String>> {
    if value.is_undefined() {
        return Ok(None);
    }
    refuse_uncopied(value)?;
    // A number that is none is written as null, and is yet a value: the text of it.
    if value.as_number().is_some_and(|number| !number.is_finite()) {
        return Ok(Some("\"null\"".to_owned()));
    }
    let json: JsObject = cx.intrinsics().objects().json();
    let stringify = json.get(js_string!("stringify"), cx)?;
    let stringify = stringify.as_callable().ok_or_else(|| {
        engine::error("JSON.stringify was replaced by something that cannot be called.")
    })?;
    let checked = NativeFunction::from_fn_ptr(checked).to_js_function(cx.realm());
    match stringify.call(&json.into(), &[value.clone(), checked.into()], cx) {
        Ok(text) => Ok(text.as_string().map(|text| whole_text(value, lossy(text)))),
        Err(error) if is_uncopied(&error) => Err(error),
        Err(_) => Ok(None),
    }
}

/// An object that is written as a text, such as a date, stands for that text with its quotes.
fn whole_text(value: &JsValue, json: String) -> String {
    if value.is_object() && json.starts_with('"') {
        return Value::from(json).to_string();
    }
    json
}

/// What `JSON.stringify` asks for each value within another.
fn checked(_: &JsValue, arguments: &[JsValue], _: &mut Context) -> JsResult<JsValue> {
    let value = arguments.get_or_undefined(1);
    refuse_uncopied(value)?;
    Ok(value.clone())
}

fn refuse_uncopied(value: &JsValue) -> JsResult<()> {
    let is_promise = || {
        value
            .as_object()
            .is_some_and(|object| JsPromise::from_object(object.clone()).is_ok())
    };
    if value.is_callable() || value.is_symbol() || is_promise() {
        return Err(JsNativeError::typ().with_message(UNCOPIED).into());
    }
    Ok(())
}

const UNCOPIED: &str = "Functions, symbols and promises cannot be taken out of the code.";

fn is_uncopied(error: &JsError) -> bool {
    error
        .as_native()
        .is_some_and(|native| native.message() == UNCOPIED)
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
