//! JavaScript for the tests: the first-party script block, run natively.

use std::rc::Rc;
use talkloom_engine::effect::{Evaluation, Script, ScriptError};
use talkloom_script::{Request, World};

/// A clock that stands, and no network.
struct Still(i64);

impl World for Still {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.0).unwrap_or_default()
    }

    fn fetch(&self, _: Request) -> Result<String, String> {
        Err("There is no network in tests.".to_owned())
    }
}

/// Runs a script at a time.
pub fn evaluate(script: &Script, now_ms: i64) -> Result<Evaluation, ScriptError> {
    let wanted = talkloom_script::Script {
        code: script.code.clone(),
        arguments: script.arguments.clone(),
        is_async: script.is_async,
        settable: script.settable.clone(),
    };
    let parse = |json: &str| serde_json::from_str(json).expect("scripts give JSON");
    let done = talkloom_script::evaluate(wanted, Rc::new(Still(now_ms)));
    let done = done.map_err(|message| ScriptError { message })?;
    let set = |(name, json): &(String, String)| (name.clone(), parse(json));
    Ok(Evaluation {
        value: done.value.as_deref().map(parse),
        assignments: done.assignments.iter().map(set).collect(),
    })
}
