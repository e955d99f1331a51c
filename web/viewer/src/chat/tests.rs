//! Conversations held with the machine, without a page.

use serde_json::{Map, Value, json};

use super::*;
use crate::api::action::ActionKind;
use crate::api::{ApiError, ChatReply, StartReply, markdown};

fn text(id: &str, words: &str) -> Value {
    json!({"id": id, "type": "text", "content": {"type": "richText",
        "richText": [{"type": "p", "children": [{"text": words}]}]}})
}

fn start(settings: Value, mut rest: Value) -> Event {
    rest["sessionId"] = json!("s1");
    rest["typebot"] = json!({"id": "b", "version": "6.1", "theme": {}, "settings": settings});
    Event::Started(Box::new(Ok(
        StartReply::read(&rest).expect("a complete answer")
    )))
}

fn reply(value: Value) -> Event {
    Event::Replied(Box::new(Ok(ChatReply::read(&value))))
}

fn opened() -> Chat {
    let mut chat = Chat::default();
    chat.handle(Event::Opened {
        prefilled: Map::new(),
        result_id: None,
    });
    chat
}

/// A chat that asks for a name, with typing off.
fn asking() -> Chat {
    let mut chat = opened();
    chat.handle(start(
        json!({"typingEmulation": {"enabled": false}}),
        json!({"messages": [text("b1", "Your name?")], "input": {"id": "b2", "type": "text input"}}),
    ));
    chat
}

fn shown(chat: &Chat) -> Vec<String> {
    let words = |entry: &std::rc::Rc<Entry>| match &entry.content {
        Content::Host(message) => message.id.clone(),
        Content::Growing(_) => "…".to_owned(),
        Content::Guest { text, .. } => format!("> {text}"),
        Content::Blocked { url } => format!("blocked {url}"),
    };
    chat.timeline.iter().map(words).collect()
}

#[test]
fn a_start_sends_what_the_address_gives() {
    let mut chat = Chat::default();
    let prefilled = [("Email".to_owned(), json!("a@b.co"))]
        .into_iter()
        .collect();
    let commands = chat.handle(Event::Opened {
        prefilled,
        result_id: Some("r1".into()),
    });
    let expected = json!({"isStreamEnabled": true, "isOnlyRegistering": false,
        "prefilledVariables": {"Email": "a@b.co"}, "resultId": "r1"});
    assert_eq!(commands, [Command::Start(expected)]);
}

#[test]
fn bubbles_are_typed_but_for_the_first() {
    let mut chat = opened();
    let commands = chat.handle(start(
        json!({}),
        json!({
        "messages": [text("b1", "one two"), text("b2", "one two")],
        "input": {"id": "b3", "type": "text input"}}),
    ));
    assert_eq!(commands, [Command::Dress, Command::Sleep(300)]);
    assert_eq!(
        (shown(&chat), &chat.phase),
        (vec!["b1".into()], &Phase::Typing)
    );
    assert_eq!(chat.handle(Event::Slept), []);
    assert_eq!(shown(&chat), ["b1", "b2"]);
    assert!(matches!(&chat.phase, Phase::Asking(input) if input.id == "b3"));
}

#[test]
fn a_pause_between_bubbles_comes_before_typing() {
    let mut chat = opened();
    let settings =
        json!({"typingEmulation": {"delayBetweenBubbles": 2, "isDisabledOnFirstMessage": false}});
    let messages = json!({"messages": [text("b1", "one"), text("b2", "one")]});
    assert_eq!(
        chat.handle(start(settings, messages)),
        [Command::Dress, Command::Sleep(150)]
    );
    assert_eq!(chat.handle(Event::Slept), [Command::Sleep(2000)]);
    assert_eq!(chat.phase, Phase::Busy);
    assert_eq!(chat.handle(Event::Slept), [Command::Sleep(150)]);
    chat.handle(Event::Slept);
    assert_eq!(chat.phase, Phase::Ended);
}

#[test]
fn an_answer_is_shown_at_once_and_reworded_by_the_server() {
    let mut chat = asking();
    let commands = chat.handle(Event::Answered(Answer::typed("ANN@B.CO".into())));
    let body = json!({"message": {"type": "text", "text": "ANN@B.CO"}});
    assert_eq!(commands, [Command::Continue(body)]);
    assert_eq!(shown(&chat), ["b1", "> ANN@B.CO"]);
    chat.handle(reply(
        json!({"messages": [], "lastMessageNewFormat": "ann@b.co"}),
    ));
    assert_eq!(shown(&chat), ["b1", "> ann@b.co"]);
    assert_eq!(chat.timeline[1].revision, 1);
}

#[test]
fn a_label_of_the_page_is_never_reworded() {
    let mut chat = asking();
    let answer = Answer {
        reply_id: Some("i1".into()),
        ..Answer::labelled("Leave".into(), "bye".into())
    };
    let commands = chat.handle(Event::Answered(answer));
    let body = json!({"message": {"type": "text", "text": "bye", "metadata": {"replyId": "i1"}}});
    assert_eq!(commands, [Command::Continue(body)]);
    chat.handle(reply(
        json!({"messages": [], "lastMessageNewFormat": "BYE"}),
    ));
    assert_eq!(shown(&chat), ["b1", "> Leave"]);
}

#[test]
fn a_refused_answer_can_be_corrected() {
    let mut chat = asking();
    chat.handle(Event::Answered(Answer::typed("nope".into())));
    chat.handle(reply(json!({"messages": [text("b2", "Again, please.")],
        "input": {"id": "b2", "type": "text input"}})));
    assert!(
        matches!(&chat.phase, Phase::Asking(input) if input.prefilled.as_deref() == Some("nope"))
    );
    chat.handle(Event::Answered(Answer::typed("yes".into())));
    chat.handle(reply(json!({"messages": [text("b9", "Another?")],
        "input": {"id": "b2", "type": "text input", "prefilledValue": "yes"}})));
    assert!(
        matches!(&chat.phase, Phase::Asking(input) if input.prefilled.is_none()),
        "{:?}",
        chat.phase
    );
}

#[test]
fn actions_run_in_their_places() {
    let mut chat = opened();
    let wait = |seconds: u32, after: Option<&str>| {
        let mut action = json!({"type": "wait", "wait": {"secondsToWaitFor": seconds}});
        if let Some(id) = after {
            action["lastBubbleBlockId"] = id.into();
        }
        action
    };
    let act = |seconds| Command::Act(ActionKind::Wait { seconds });
    let commands = chat.handle(start(
        json!({"typingEmulation": {"enabled": false}}),
        json!({
        "messages": [text("b1", "a"), text("b2", "b")],
        "clientSideActions": [wait(1, None), wait(2, Some("b1")), wait(3, Some("lost"))]}),
    ));
    assert_eq!(commands, [Command::Dress, act(1.0)]);
    assert!(
        shown(&chat).is_empty(),
        "nothing is shown before the first actions are done"
    );
    assert_eq!(chat.handle(Event::Acted(Outcome::Done)), [act(2.0)]);
    assert_eq!(shown(&chat), ["b1"]);
    assert_eq!(chat.handle(Event::Acted(Outcome::Done)), [act(3.0)]);
    assert_eq!(shown(&chat), ["b1", "b2"]);
    assert_eq!(
        chat.handle(Event::Acted(Outcome::Blocked("https://e.com".into()))),
        []
    );
    assert_eq!(shown(&chat), ["b1", "b2", "blocked https://e.com"]);
    assert_eq!(chat.phase, Phase::Ended);
}

#[test]
fn a_value_goes_to_the_server_without_being_shown() {
    let mut chat = asking();
    chat.handle(Event::Answered(Answer::typed("x".into())));
    chat.handle(reply(
        json!({"messages": [], "clientSideActions": [{"type": "setVariable",
        "expectsDedicatedReply": true,
        "setVariable": {"scriptToExecute": {"content": "1 + 1", "args": []}}}]}),
    ));
    let commands = chat.handle(Event::Acted(Outcome::Value("2".into())));
    assert_eq!(
        commands,
        [Command::Continue(
            json!({"message": {"type": "text", "text": "2"}})
        )]
    );
    assert_eq!(shown(&chat), ["b1", "> x"]);
}

#[test]
fn a_failed_action_that_is_waited_for_does_not_hang_the_chat() {
    let mut chat = asking();
    chat.handle(Event::Answered(Answer::typed("x".into())));
    chat.handle(reply(json!({"messages": [], "clientSideActions": [
        {"type": "mystery", "expectsDedicatedReply": true}]})));
    let commands = chat.handle(Event::Acted(Outcome::Failed("no such action".into())));
    assert!(
        matches!(&commands[..], [Command::Report(..), Command::Continue(body)] if body == &json!({}))
    );
}

#[test]
fn an_embedded_page_is_waited_for() {
    let embed = |saves: bool| {
        let mut wait = json!({"isEnabled": true, "name": "done"});
        if saves {
            wait["saveDataInVariableId"] = json!("v1");
        }
        json!({"id": "b1", "type": "embed", "content": {"url": "https://e.com", "waitForEvent": wait}})
    };
    for (saves, body) in [
        (true, json!({"message": {"type": "text", "text": "42"}})),
        (false, json!({})),
    ] {
        let mut chat = opened();
        chat.handle(start(
            json!({"typingEmulation": {"enabled": false}}),
            json!({"messages": [embed(saves)]}),
        ));
        assert_eq!(
            chat.handle(Event::EmbedSpoke("other".into(), Some("1".into()))),
            []
        );
        let commands = chat.handle(Event::EmbedSpoke("done".into(), Some("42".into())));
        assert_eq!(commands, [Command::Continue(body)]);
    }
}

#[test]
fn nothing_is_lost_when_the_network_fails() {
    let mut chat = asking();
    let sent = chat.handle(Event::Answered(Answer::typed("Ann".into())));
    assert_eq!(
        chat.handle(Event::Replied(Box::new(Err(ApiError::Network)))),
        []
    );
    assert_eq!(chat.phase, Phase::Failed(Failure::Retry(None)));
    assert_eq!(shown(&chat), ["b1", "> Ann"]);
    assert_eq!(chat.handle(Event::Retried), sent);
    assert_eq!(
        chat.handle(Event::Retried),
        [],
        "a second press sends nothing"
    );
    chat.handle(reply(json!({"messages": [text("b3", "Thanks")]})));
    assert_eq!(shown(&chat), ["b1", "> Ann", "b3"]);
}

#[test]
fn a_start_can_be_tried_again() {
    let mut chat = Chat::default();
    let sent = chat.handle(Event::Opened {
        prefilled: Map::new(),
        result_id: None,
    });
    chat.handle(Event::Started(Box::new(Err(ApiError::Network))));
    assert_eq!(chat.handle(Event::Retried), sent);
}

#[test]
fn refusals_are_told_apart() {
    let refused = |status, message: Option<&str>| {
        let mut chat = opened();
        let message = message.map(str::to_owned);
        chat.handle(Event::Started(Box::new(Err(ApiError::Status {
            status,
            message,
        }))));
        chat.phase
    };
    assert_eq!(refused(404, Some("x")), Phase::Failed(Failure::Missing));
    assert_eq!(
        refused(403, Some("Closed")),
        Phase::Failed(Failure::Refused("Closed".into()))
    );
    assert_eq!(
        refused(400, None),
        Phase::Failed(Failure::Refused("This bot is now closed".into()))
    );
    assert_eq!(refused(503, None), Phase::Failed(Failure::Retry(None)));
    let mut chat = asking();
    chat.handle(Event::Answered(Answer::typed("x".into())));
    chat.handle(Event::Replied(Box::new(Err(ApiError::Status {
        status: 404,
        message: None,
    }))));
    assert_eq!(chat.phase, Phase::Failed(Failure::Expired));
}

#[test]
fn events_out_of_place_change_nothing() {
    let mut chat = asking();
    assert_eq!(chat.handle(Event::Slept), []);
    assert_eq!(chat.handle(Event::Acted(Outcome::Done)), []);
    assert_eq!(chat.handle(Event::Retried), []);
    chat.handle(Event::Answered(Answer::typed("once".into())));
    assert_eq!(
        chat.handle(Event::Answered(Answer::typed("twice".into()))),
        []
    );
    assert_eq!(shown(&chat), ["b1", "> once"]);
}

#[test]
fn a_text_grows_and_stays() {
    let mut chat = opened();
    let commands = chat.handle(start(
        json!({}),
        json!({"clientSideActions": [{"type": "stream", "stream": true, "expectsDedicatedReply": true}]}),
    ));
    let act = Command::Act(ActionKind::Stream(json!({})));
    assert_eq!(commands, [Command::Dress, act.clone()]);
    chat.handle(Event::Streamed(markdown::plain("He")));
    chat.handle(Event::Streamed(markdown::plain("Hello")));
    assert_eq!(
        (shown(&chat), chat.timeline[0].revision),
        (vec!["…".into()], 1)
    );
    let sent = chat.handle(Event::Acted(Outcome::Value("Hello".into())));
    let body = json!({"message": {"type": "text", "text": "Hello"}});
    assert_eq!(sent, [Command::Continue(body)]);
    assert!(matches!(chat.timeline[0].content, Content::Host(_)));
}

#[test]
fn a_text_that_was_lost_is_asked_for_again() {
    let mut chat = opened();
    chat.handle(start(
        json!({}),
        json!({"clientSideActions": [{"type": "stream", "stream": true, "expectsDedicatedReply": true}]}),
    ));
    assert_eq!(chat.handle(Event::Acted(Outcome::Lost)), []);
    assert_eq!(chat.phase, Phase::Failed(Failure::Retry(None)));
    assert_eq!(
        chat.handle(Event::Retried),
        [Command::Act(ActionKind::Stream(json!({})))]
    );
}

fn memory(moments: Value) -> Event {
    let memory = json!({"start": {"sessionId": "s0", "resultId": "r0",
        "typebot": {"id": "b", "version": "6.1", "theme": {}, "settings": {}},
        "messages": [text("b1", "Your name?")], "input": {"id": "b2", "type": "text input"},
        "clientSideActions": [{"type": "redirect", "redirect": {"url": "https://example.com"}, "lastBubbleBlockId": "b1"}]},
        "moments": moments});
    Event::Restored(Box::new(
        Memory::read(&memory, markdown::plain).expect("a whole memory"),
    ))
}

#[test]
fn an_earlier_visit_goes_on_where_it_stood() {
    let answer = Moment::answered(&Answer::typed("Ann".into()));
    let reply = Moment::replied(&json!({"messages": [text("b3", "Your age?")],
        "input": {"id": "b4", "type": "number input"}, "progress": 50}));
    let mut chat = opened();
    let commands = chat.handle(memory(json!([answer, reply])));
    assert_eq!(commands, [Command::Dress], "nothing is done again");
    assert_eq!(shown(&chat), ["b1", "> Ann", "b3"]);
    assert!(matches!(&chat.phase, Phase::Asking(input) if input.id == "b4"));
    assert_eq!(
        (chat.session_id.as_str(), chat.progress),
        ("s0", Some(50.0))
    );
}

#[test]
fn an_answer_that_got_no_reply_is_sent_again() {
    let answer = Answer::typed("Ann".into());
    let mut chat = opened();
    let commands = chat.handle(memory(json!([Moment::answered(&answer)])));
    assert_eq!(commands, [Command::Dress, Command::Continue(answer.body())]);
    assert_eq!(
        (shown(&chat), &chat.phase),
        (vec!["b1".into(), "> Ann".into()], &Phase::Sending)
    );
}
