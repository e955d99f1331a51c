//! JavaScript for the tests.

use boa_engine::builtins::promise::PromiseState;
use boa_engine::object::builtins::JsPromise;
use boa_engine::{Context, JsError, JsNativeError, JsValue, Source};
use talkloom_engine::effect::{Evaluation, Script, ScriptError};

pub fn evaluate(script: &Script) -> Result<Evaluation, ScriptError> {
    let mut context = Context::default();
    let failure = |error: JsError, context: &mut Context| {
        let text = error
            .into_opaque(context)
            .and_then(|value| value.to_string(context));
        let message = text
            .map(|text| text.to_std_string_escaped())
            .unwrap_or_default();
        ScriptError { message }
    };
    run(script, &mut context)
        .map(|value| Evaluation {
            value,
            assignments: Vec::new(),
        })
        .map_err(|error| failure(error, &mut context))
}

fn run(script: &Script, context: &mut Context) -> Result<Option<serde_json::Value>, JsError> {
    let names: Vec<&str> = script
        .arguments
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let keyword = if script.is_async {
        "async function"
    } else {
        "function"
    };
    let source = format!("({keyword}({}) {{\n{}\n}})", names.join(","), script.code);
    let function = context.eval(Source::from_bytes(&source))?;
    let mut arguments = Vec::new();
    for (_, value) in &script.arguments {
        arguments.push(JsValue::from_json(value, context)?);
    }
    let function = function.as_callable().expect("it is a function").clone();
    let mut value = function.call(&JsValue::undefined(), &arguments, context)?;
    if script.is_async {
        let promise = JsPromise::from_object(value.as_object().expect("a promise").clone())?;
        context.run_jobs()?;
        value = match promise.state() {
            PromiseState::Fulfilled(value) => value,
            PromiseState::Rejected(reason) => return Err(JsError::from_opaque(reason)),
            PromiseState::Pending => panic!("the script never ends"),
        };
    }
    if value.is_callable() || value.is_symbol() {
        return Err(JsNativeError::typ().with_message("It is no value.").into());
    }
    // JSON cannot hold a big integer: it is nothing.
    if value.is_bigint() {
        Ok(None)
    } else {
        to_json(value, context)
    }
}

fn to_json(value: JsValue, context: &mut Context) -> Result<Option<serde_json::Value>, JsError> {
    let stringify = context.eval(Source::from_bytes("JSON.stringify"))?;
    let stringify = stringify.as_callable().expect("it is a function").clone();
    let json = stringify.call(&JsValue::undefined(), &[value], context)?;
    let text = json.as_string().map(|text| text.to_std_string_escaped());
    Ok(text.map(|text| serde_json::from_str(&text).expect("it is JSON")))
}
