//! Between the crate's types and the contract's.

mod asked;

use std::collections::BTreeMap;

use serde_json::Value;
use talkloom_manifest::Action;

use crate::bindings::exports::talkloom::block::script;
use crate::bindings::talkloom::block::types as wire;
use crate::redact::Redactor;
use crate::{
    BlockCall, Channel, Credential, Evaluation, Failure, FieldError, Log, Outcome, Script,
};

pub(crate) use asked::{choices, received, webhook_request};

/// The call as the guest gets it.
pub(crate) fn call(
    call: &BlockCall,
    action: &Action,
    may_read_submission: bool,
    fields: &BTreeMap<String, String>,
) -> wire::Call {
    let chosen = call.credential.as_ref();
    let credential = chosen.map(|credential| self::credential(credential, fields));
    let variables = call.variables.iter().map(|variable| wire::Variable {
        id: variable.id.clone(),
        name: variable.name.clone(),
        value: variable.value.to_string(),
    });
    let submission = (action.reads_submission && may_read_submission)
        .then_some(call.submission.as_ref())
        .flatten();
    wire::Call {
        action: action.name.clone(),
        options: call.options.to_string(),
        credential,
        variables: variables.collect(),
        submission: submission.map(Value::to_string),
        context: wire::Context {
            workspace: call.context.workspace.clone(),
            bot: call.context.bot.clone(),
            result: call.context.result.clone(),
            channel: channel(call.context.channel),
            locale: call.context.locale.clone(),
        },
    }
}

/// A credential without its secrets.
pub(crate) fn credential(
    credential: &Credential,
    fields: &BTreeMap<String, String>,
) -> wire::Credential {
    wire::Credential {
        kind: credential.kind.clone(),
        account: credential.account.clone(),
        fields: fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
    }
}

fn channel(channel: Channel) -> wire::Channel {
    match channel {
        Channel::Web => wire::Channel::Web,
        Channel::Whatsapp => wire::Channel::Whatsapp,
        Channel::Api => wire::Channel::Api,
        Channel::Other => wire::Channel::Other,
    }
}

/// What a guest's outcome must keep to.
pub(crate) struct OutcomeRules<'a> {
    pub settable: &'a [String],
    pub exits: &'a [String],
    pub max_bytes: usize,
    pub redactor: &'a Redactor,
}

/// Checks what the guest gave.
pub(crate) fn outcome(
    given: wire::Outcome,
    logs: Vec<Log>,
    rules: &OutcomeRules<'_>,
) -> Result<Outcome, Failure> {
    let assigned = given.assignments.iter();
    let bytes = assigned
        .map(|a| a.variable.len() + a.value.len())
        .chain(given.client_actions.iter().map(String::len))
        .chain(given.messages.iter().map(String::len))
        .sum::<usize>();
    if bytes > rules.max_bytes {
        return Err(Failure::BadOutput(format!(
            "it has more than {} KiB.",
            rules.max_bytes >> 10
        )));
    }
    if let Some(exit) = given
        .exit
        .as_ref()
        .filter(|exit| !rules.exits.contains(exit))
    {
        return Err(Failure::BadOutput(format!("it has no exit “{exit}”.")));
    }
    let mut assignments = Vec::with_capacity(given.assignments.len());
    for assignment in given.assignments {
        if !rules.settable.contains(&assignment.variable) {
            return Err(Failure::BadOutput(
                "it sets a variable that its settings do not name.".into(),
            ));
        }
        let value = json(&assignment.value, rules.redactor)?;
        assignments.push((assignment.variable, value));
    }
    let all = |texts: &[String]| -> Result<Vec<Value>, Failure> {
        texts
            .iter()
            .map(|text| json(text, rules.redactor))
            .collect()
    };
    Ok(Outcome {
        assignments,
        exit: given.exit,
        client_actions: all(&given.client_actions)?,
        messages: all(&given.messages)?,
        logs,
    })
}

/// Reads JSON that a guest gave.
pub(crate) fn json(text: &str, redactor: &Redactor) -> Result<Value, Failure> {
    let mut value = serde_json::from_str(text)
        .map_err(|_| Failure::BadOutput("it holds text that is not JSON.".into()))?;
    redactor.json(&mut value);
    Ok(value)
}

/// Why the guest says that it failed.
pub(crate) fn failure(given: wire::Failure, redactor: &Redactor) -> Failure {
    match given {
        wire::Failure::InvalidOptions(errors) => {
            let errors = errors.into_iter().map(|error| FieldError {
                pointer: redactor.text(error.pointer),
                message: redactor.text(error.message),
            });
            Failure::InvalidOptions(errors.collect())
        }
        wire::Failure::Upstream(error) => Failure::Upstream {
            status: error.status,
            message: redactor.text(error.message),
            retryable: error.retryable,
        },
        wire::Failure::TimedOut(message) => Failure::UpstreamTimeout(redactor.text(message)),
        wire::Failure::Denied(message) => Failure::Denied(redactor.text(message)),
        wire::Failure::Other(message) => Failure::Other(redactor.text(message)),
    }
}

impl From<Failure> for wire::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Denied(sentence) => Self::Denied(sentence),
            Failure::UpstreamTimeout(sentence) => Self::TimedOut(sentence),
            other => Self::Other(other.to_string()),
        }
    }
}

/// A script as the guest gets it.
pub(crate) fn script(given: &Script) -> script::Request {
    let arguments = given.arguments.iter();
    script::Request {
        code: given.code.clone(),
        arguments: arguments
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect(),
        is_async: given.is_async,
        settable: given.settable.clone(),
    }
}

/// Checks what the script component gave.
pub(crate) fn evaluation(
    given: script::Evaluation,
    max_bytes: usize,
) -> Result<Evaluation, Failure> {
    let assigned = given
        .assignments
        .iter()
        .map(|a| a.name.len() + a.value.len());
    let bytes = assigned.sum::<usize>() + given.value.as_ref().map_or(0, String::len);
    if bytes > max_bytes {
        return Err(Failure::BadOutput(format!(
            "it has more than {} KiB.",
            max_bytes >> 10
        )));
    }
    let nothing = Redactor::default();
    let assignments = given.assignments.into_iter().map(|assignment| {
        let value = json(&assignment.value, &nothing)?;
        Ok((assignment.name, value))
    });
    Ok(Evaluation {
        assignments: assignments.collect::<Result<_, Failure>>()?,
        value: given
            .value
            .map(|value| json(&value, &nothing))
            .transpose()?,
    })
}
