//! `talkloom replay ID`: prints a recorded conversation, or compares it with another bot.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use talkloom_engine::replay::{Replay, TurnView};
use talkloom_store::{SessionId, Store, WorkspaceId};

use super::{open_store, print};
use crate::Config;
use crate::blocks::Lock;
use crate::conversation::Recording;
use crate::recorded::{Bots, Compared, compare, find_session, turn_json, turn_lines};
use crate::versions::Versions;

/// Versions that one conversation needs at most, as a rule: the bot's and those of linked bots.
const VERSIONS: usize = 64;

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// The id of a result or of a session.
    id: String,
    /// Holds the conversation with this bot and tells the first turn that differs: a file, or the
    /// draft of the bot with this id or public id.
    #[arg(long, value_name = "BOT")]
    against: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn replay(config: &Config, args: ReplayArgs) -> Result<ExitCode> {
    let store = open_store(config).await?;
    let workspace = WorkspaceId::default();
    let recording = find_recording(&store, &workspace, &args.id).await?;
    let code = match &args.against {
        None => print_turns(&recording, args.json)?,
        Some(other) => {
            let installed = Lock::installed(config, &store).await?.catalog();
            let bots = Bots {
                store: &store,
                workspace: &workspace,
                catalog: installed.into(),
            };
            let flow = bots.open(other, Path::new("")).await?;
            print_compared(compare(&recording, flow, &bots.catalog)?, args.json)?
        }
    };
    store.close().await;
    Ok(code)
}

/// The recording of a session, or of the last session of a result.
pub(super) async fn find_recording(
    store: &Store,
    workspace: &WorkspaceId,
    id: &str,
) -> Result<Recording> {
    let session: Option<SessionId> = find_session(store, workspace, id).await?;
    let recording = match session {
        None => None,
        Some(session) => {
            let versions = Versions::new(store.clone(), VERSIONS);
            Recording::read(store, &versions, workspace, session, None).await?
        }
    };
    recording.with_context(|| {
        format!("No conversation “{id}” is recorded. Give the id of a result or of a session.")
    })
}

fn print_turns(recording: &Recording, as_json: bool) -> Result<ExitCode> {
    let mut replay = Replay::new(&recording.library);
    let mut turns = Vec::new();
    for turn in &recording.turns {
        let before = replay.state().cloned();
        let (asked, ended) = replay.turn(&turn.entry)?;
        let view = TurnView::of_end(&recording.library, before.as_ref(), &ended);
        if as_json {
            turns.push(turn_json(turn, &asked, &view));
        } else {
            print(&(turn_lines(turn, &asked, &view).join("\n") + "\n"))?;
        }
    }
    if as_json {
        let first = recording.turns.first();
        let whole = json!({
            "session": recording.session_id,
            "result": first.and_then(|turn| turn.result_id.as_ref()),
            "version": recording.version(),
            "turns": Value::Array(turns),
        });
        print(&format!("{whole:#}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_compared(compared: Compared, as_json: bool) -> Result<ExitCode> {
    let (text, code) = match compared {
        Compared::Equal { turns } if as_json => {
            let json = json!({"equal": true, "turns": turns});
            (json.to_string(), ExitCode::SUCCESS)
        }
        Compared::Equal { turns } => {
            let text = format!("Equal: the bot does the same in all {turns} turns.");
            (text, ExitCode::SUCCESS)
        }
        Compared::Differs { turn, lines } if as_json => {
            let json = json!({"equal": false, "turn": turn, "lines": lines});
            (format!("{json:#}"), ExitCode::from(1))
        }
        Compared::Differs { turn, lines } => {
            let lines = lines.join("\n");
            let text = format!("Turn {turn} differs (- recorded, + the other bot).\n{lines}");
            (text, ExitCode::from(1))
        }
    };
    print(&text)?;
    Ok(code)
}
