//! Parts of the answer go into variables.

use serde_json::Value;
use talkloom_block::{Call, Failure};

use crate::answer::Answer;
use crate::options::Mapping;

/// Evaluates each path and sets its variable; a path that throws leaves its variable alone.
pub fn apply(
    mappings: &[Mapping],
    answer: &Answer,
    call: &mut Call,
    evaluate: impl Fn(&str, &[(String, Value)]) -> Result<Option<Value>, Failure>,
) {
    let arguments = [
        ("data".to_owned(), answer.data.clone()),
        ("statusCode".to_owned(), Value::from(answer.status)),
    ];
    for mapping in mappings {
        let (Some(path), Some(variable)) = (&mapping.body_path, &mapping.variable_id) else {
            continue;
        };
        if path.is_empty() || variable.is_unset() {
            continue;
        }
        if let Ok(value) = evaluate(&returned(path), &arguments) {
            call.set(variable, value.unwrap_or(Value::Null));
        }
    }
}

/// A path may be an expression or the body of a function.
fn returned(path: &str) -> String {
    if path.contains("return ") {
        path.to_owned()
    } else {
        format!("return {path}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_that_throws_is_passed_over() {
        let mappings = json!([
            { "bodyPath": "data.a", "variableId": "v1" },
            { "bodyPath": "throws", "variableId": "v2" },
            { "bodyPath": "return statusCode", "variableId": "v3" },
            { "bodyPath": "data.b" },
            { "variableId": "v4" },
        ]);
        let mappings: Vec<Mapping> = serde_json::from_value(mappings).expect("valid options");
        let answer = Answer::received(201, "{\"a\":\"x\"}");
        let mut call = Call::default();
        apply(
            &mappings,
            &answer,
            &mut call,
            |code, arguments| match code {
                "return data.a" => Ok(Some(arguments[0].1["a"].clone())),
                "return statusCode" => Ok(Some(arguments[1].1.clone())),
                other => Err(Failure::other(other)),
            },
        );
        let set = [("v1".to_owned(), json!("x")), ("v3".to_owned(), json!(201))];
        assert_eq!(call.assignments(), set);
    }
}
