//! Between the contract's types and this crate's.

use serde_json::Value;

use crate::bindings::exports::talkloom::block::webhooks;
use crate::bindings::talkloom::block::types;
use crate::call::{Call, Channel, Context, Credential, Known};
use crate::{Failure, FieldError, webhook};

/// The action, its options, and the rest of a call.
pub(crate) fn call(call: types::Call) -> Result<(String, Value, Call), types::Failure> {
    let broken = |error: serde_json::Error| types::Failure::Other(error.to_string());
    let options = serde_json::from_str(&call.options).map_err(broken)?;
    let submission = call.submission.as_deref().map(serde_json::from_str);
    let mut variables = Vec::with_capacity(call.variables.len());
    for types::Variable { id, name, value } in call.variables {
        let value = serde_json::from_str(&value).map_err(broken)?;
        variables.push(Known { id, name, value });
    }
    let converted = Call {
        context: context(call.context),
        credential: call.credential.map(credential),
        submission: submission.transpose().map_err(broken)?,
        variables,
        ..Call::default()
    };
    Ok((call.action, options, converted))
}

/// A value that the host gives back.
pub(crate) fn json(text: &str) -> Result<Value, types::Failure> {
    serde_json::from_str(text).map_err(|error| types::Failure::Other(error.to_string()))
}

/// A request from outside.
pub(crate) fn request(request: webhooks::Request) -> webhook::Request {
    webhook::Request {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
    }
}

/// What a webhook made of a request.
pub(crate) fn received(received: webhook::Received) -> webhooks::Received {
    let event = |event: webhook::Event| webhooks::Event {
        id: event.id,
        name: event.name,
        correlation: event.correlation,
        data: event.data.to_string(),
    };
    webhooks::Received {
        events: received.events.into_iter().map(event).collect(),
        response: webhooks::Response {
            status: received.response.status,
            headers: received.response.headers,
            body: received.response.body,
        },
    }
}

fn context(context: types::Context) -> Context {
    Context {
        workspace: context.workspace,
        bot: context.bot,
        result: context.result,
        channel: match context.channel {
            types::Channel::Web => Channel::Web,
            types::Channel::Whatsapp => Channel::WhatsApp,
            types::Channel::Api => Channel::Api,
            types::Channel::Other => Channel::Other,
        },
        locale: context.locale,
    }
}

pub(crate) fn credential(credential: types::Credential) -> Credential {
    Credential {
        kind: credential.kind,
        account: credential.account,
        fields: credential.fields,
    }
}

/// What an action left behind.
pub(crate) fn outcome(call: Call) -> types::Outcome {
    let texts = |values: Vec<Value>| values.iter().map(Value::to_string).collect();
    let assignment = |(variable, value): (String, Value)| types::Assignment {
        variable,
        value: value.to_string(),
    };
    types::Outcome {
        assignments: call.left.assignments.into_iter().map(assignment).collect(),
        exit: call.left.exit,
        client_actions: texts(call.left.client_actions),
        messages: texts(call.left.messages),
    }
}

impl From<types::Failure> for Failure {
    fn from(failure: types::Failure) -> Self {
        match failure {
            types::Failure::InvalidOptions(errors) => {
                let error = |e: types::FieldError| FieldError {
                    pointer: e.pointer,
                    message: e.message,
                };
                Self::InvalidOptions(errors.into_iter().map(error).collect())
            }
            types::Failure::Upstream(error) => Self::Upstream {
                status: error.status,
                message: error.message,
                retryable: error.retryable,
            },
            types::Failure::TimedOut(message) => Self::TimedOut(message),
            types::Failure::Denied(message) => Self::Denied(message),
            types::Failure::Other(message) => Self::Other(message),
        }
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::InvalidOptions(errors) => {
                let error = |e: FieldError| types::FieldError {
                    pointer: e.pointer,
                    message: e.message,
                };
                Self::InvalidOptions(errors.into_iter().map(error).collect())
            }
            Failure::Upstream {
                status,
                message,
                retryable,
            } => Self::Upstream(types::UpstreamError {
                status,
                message,
                retryable,
            }),
            Failure::TimedOut(message) => Self::TimedOut(message),
            Failure::Denied(message) => Self::Denied(message),
            Failure::Other(message) => Self::Other(message),
        }
    }
}
