//! A chat API body: whatever is sent as a start or a reply, the conversation answers or refuses,
//! and its state is read back as it was written.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use talkloom_engine::{FlowRef, Reply, Start, State, Turn};
use talkloom_fuzz::{asking, catalog, drive, inputs, version};

static BOTS: LazyLock<Vec<FlowRef>> = LazyLock::new(|| {
    let bots = inputs().into_iter().map(|input| version(asking(&input)));
    bots.map(|bot| bot.expect("the bot opens")).collect()
});

// The first byte chooses the question, each line is a body.
fuzz_target!(|input: (u8, &str)| {
    let (kind, bodies) = input;
    let bot = &BOTS[usize::from(kind) % BOTS.len()];
    let mut state: Option<State> = None;
    for body in bodies.lines() {
        let turn = match state.take() {
            None => {
                let mut start: Start = serde_json::from_str(body).unwrap_or_default();
                start.result = Some("result".to_owned());
                start.limits.blocks = 100;
                Turn::start(bot.clone(), catalog(), start)
            }
            Some(state) => {
                let Ok(mut reply) = serde_json::from_str::<Reply>(body) else {
                    return;
                };
                reply.limits.blocks = 100;
                Turn::reply(state, bot.clone(), catalog(), reply)
            }
        };
        let Some((output, next)) = drive(turn) else {
            return;
        };
        let written = serde_json::to_string(&next).expect("a state is JSON");
        let read: State = serde_json::from_str(&written).expect("a state is read back");
        assert_eq!(read, next);
        serde_json::to_vec(&output.reply).expect("a reply is JSON");
        state = Some(next);
    }
});
