//! Block: HTTP request.
//!
//! It claims the block types of Typebot's HTTP request and of the automation services that call
//! one address. The conversation goes on whatever the answer: a failure is a status to look at.

mod answer;
mod body;
mod mapping;
mod options;
mod query;
mod request;

use serde_json::{Value, json};
use talkloom_block::manifest::{BlockType, Limits, PermissionKind};
use talkloom_block::prelude::*;
use talkloom_block::{clock, http, log, scripts};

use answer::Answer;
use options::Options;
use request::Prepared;

const ACTION: &str = "Send request";
/// The longest wait that the options can ask for, with some time to work with the answer.
const WALL_MS: u32 = 125_000;

talkloom_block::block!(
    Plugin::new("talkloom/http-request", "HTTP request")
        .help("Asks another server, or tells it what the visitor answered.")
        .icon(include_str!("icon.svg"))
        .permission(
            PermissionKind::OptionHosts,
            "It calls the address that the bot's builder writes.",
        )
        .permission(
            PermissionKind::Submission,
            "Without a custom body it sends all answers and variables.",
        )
        .permission(
            PermissionKind::Scripts,
            "The places in the answer that are saved are JavaScript.",
        )
        .limits(Limits {
            wall_ms: Some(WALL_MS),
            ..Limits::default()
        })
        .action(
            Action::new(ACTION, run)
                .help("Sends a request and saves parts of the answer.")
                .reads_submission()
        )
        .block(block("Webhook", "HTTP request"))
        .block(block("Zapier", "Zapier"))
        .block(block("Make.com", "Make.com"))
        .block(block("Pabbly", "Pabbly"))
);

fn block(block_type: &str, name: &str) -> BlockType {
    BlockType {
        block_type: block_type.to_owned(),
        name: name.to_owned(),
        help: None,
        icon: None,
        actions: vec![ACTION.to_owned()],
        default_action: Some(ACTION.to_owned()),
        credential: None,
    }
}

fn run(options: Options, call: &mut Call) -> Result<(), Failure> {
    let submission = call.submission.take().unwrap_or(Value::Null);
    let Some(prepared) = request::prepare(&options, &submission, clock::now_ms) else {
        return Ok(());
    };
    if options.is_executed_on_client {
        call.do_on_page(on_page(&prepared));
        return Ok(());
    }
    let answer = send(prepared);
    log::write(answer.log_line());
    mapping::apply(
        &options.response_variable_mapping,
        &answer,
        call,
        scripts::evaluate,
    );
    Ok(())
}

fn send(prepared: Prepared) -> Answer {
    let request = http::Request {
        method: prepared.method,
        url: prepared.url.clone(),
        headers: prepared.headers,
        body: prepared.body.map(|body| body.bytes),
        timeout_ms: prepared.timeout_ms,
        stay: false,
    };
    let received = request.send().and_then(|mut response| {
        let status = response.status;
        Ok((status, response.text()?))
    });
    match received {
        Ok((status, text)) => Answer::received(status, &text),
        Err(failure) => Answer::failed(&prepared.url, &failure),
    }
}

/// The client action that has the visitor's page send the request and reply with the answer.
fn on_page(prepared: &Prepared) -> Value {
    let mut request = json!({
        "url": prepared.url,
        "method": prepared.method,
        "headers": prepared.header_map(),
    });
    if let Some(body) = &prepared.body {
        request["body"] = body.value.clone();
    }
    json!({
        "type": "httpRequestToExecute",
        "httpRequestToExecute": request,
        "expectsDedicatedReply": true,
    })
}
