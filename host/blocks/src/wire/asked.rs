//! Choices and webhooks, between the crate's types and the contract's.

use super::json;
use crate::bindings::exports::talkloom::block::{choices, webhooks};
use crate::redact::Redactor;
use crate::settings::Limits;
use crate::{Choice, Event, Failure, Log, Received, WebhookRequest, WebhookResponse};

/// The most events of one request.
const MAX_EVENTS: usize = 100;

/// Checks a list of choices.
pub(crate) fn choices(
    listed: Vec<choices::Choice>,
    limits: &Limits,
    redactor: &Redactor,
) -> Result<Vec<Choice>, Failure> {
    let texts = listed.iter().map(|c| c.value.len() + c.label.len());
    if listed.len() > limits.choices || texts.sum::<usize>() > limits.outcome_bytes {
        return Err(Failure::BadOutput(format!(
            "it lists more than {} choices.",
            limits.choices
        )));
    }
    let choice = |choice: choices::Choice| Choice {
        value: redactor.text(choice.value),
        label: redactor.text(choice.label),
        icon: choice.icon.map(|icon| redactor.text(icon)),
    };
    Ok(listed.into_iter().map(choice).collect())
}

/// A request as the guest gets it.
pub(crate) fn webhook_request(request: WebhookRequest) -> webhooks::Request {
    webhooks::Request {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
    }
}

/// Checks what a webhook made of a request.
pub(crate) fn received(
    given: webhooks::Received,
    logs: Vec<Log>,
    max_bytes: usize,
    redactor: &Redactor,
) -> Result<Received, Failure> {
    let events = given.events.iter().map(|event| event.data.len());
    let bytes = events.sum::<usize>() + given.response.body.len();
    if bytes > max_bytes || given.events.len() > MAX_EVENTS {
        return Err(Failure::BadOutput(format!(
            "it has more than {MAX_EVENTS} events or {} KiB.",
            max_bytes >> 10
        )));
    }
    let status = given.response.status;
    if !(200..600).contains(&status) {
        return Err(Failure::BadOutput(format!(
            "{status} is no status of an answer."
        )));
    }
    let event = |event: webhooks::Event| {
        Ok(Event {
            id: event.id,
            name: redactor.text(event.name),
            correlation: event.correlation,
            data: json(&event.data, redactor)?,
        })
    };
    let headers = given.response.headers.into_iter();
    Ok(Received {
        events: given
            .events
            .into_iter()
            .map(event)
            .collect::<Result<_, Failure>>()?,
        response: WebhookResponse {
            status,
            headers: headers
                .map(|(name, value)| (name, redactor.text(value)))
                .collect(),
            body: redactor.bytes(given.response.body),
        },
        logs,
    })
}
