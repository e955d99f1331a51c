//! A recorded conversation held with another bot, up to the first turn that differs.

use std::sync::Arc;

use talkloom_engine::Effect;
use talkloom_engine::replay::{
    Counterpart, Library, Replay, ReplayError, Tape, TurnView, describe, labelled,
};
use talkloom_flow::Flow;
use talkloom_flow::catalog::Catalog;

use super::print::{effect_lines, input_lines};
use super::{NEAR, WHOLE, difference};
use crate::conversation::{RecordedTurn, Recording};

/// The other bot's name in the library.
const OTHER: &str = "other";

/// How a comparison ended.
#[derive(Debug)]
pub enum Compared {
    /// The other bot did the same in every turn.
    Equal {
        /// How many there are.
        turns: usize,
    },
    /// The first turn that differs.
    Differs {
        /// Which, from 1.
        turn: i64,
        /// What it is, in sentences and marked lines.
        lines: Vec<String>,
    },
}

/// Holds a recorded conversation with another bot. `installed` stands in for block types that were
/// not installed when it was recorded.
///
/// # Errors
/// Where the recording cannot be replayed.
pub fn compare(
    recording: &Recording,
    other: Arc<Flow>,
    installed: &Catalog,
) -> Result<Compared, ReplayError> {
    let mut library = recording.library.clone();
    library.flows.insert(OTHER.to_owned(), other);
    let mut catalog = installed.clone();
    let first = recording.turns.first().ok_or(ReplayError::Incomplete)?;
    if let Some(recorded) = library.catalogs.get(&first.entry.catalog) {
        let blocks = recorded.blocks.iter();
        catalog
            .blocks
            .extend(blocks.map(|(name, spec)| (name.clone(), Arc::clone(spec))));
    }
    let mut replay = Replay::new(&library);
    let mut counterpart = Counterpart::new(&library, OTHER, Arc::new(catalog));
    for turn in &recording.turns {
        if let Some(lines) = differs(&library, &mut replay, &mut counterpart, turn)? {
            let turn = turn.number;
            return Ok(Compared::Differs { turn, lines });
        }
    }
    let turns = recording.turns.len();
    Ok(Compared::Equal { turns })
}

fn differs(
    library: &Library,
    replay: &mut Replay<'_>,
    counterpart: &mut Counterpart<'_>,
    turn: &RecordedTurn,
) -> Result<Option<Vec<String>>, ReplayError> {
    let (before, other_before) = (replay.state().cloned(), counterpart.state().cloned());
    let Some((asked, ended)) = replay.turn(&turn.entry)? else {
        // The other bot stays what it is.
        return Ok(None);
    };
    let view = TurnView::of_end(library, before.as_ref(), &ended);
    let mut tape = Tape::new(&asked, turn.taken_at);
    let lines = match counterpart.turn(&turn.entry.input, &mut tape)? {
        Err(strayed) => Some(strayed_lines(&strayed.0, &tape)),
        Ok(played) => {
            let unasked = tape.unused().map(describe);
            let mut before: Vec<_> = unasked.flat_map(|told| labelled("asked", &told)).collect();
            before.extend(view.lines(true));
            let other = TurnView::of(library, other_before.as_ref(), &played);
            difference(&before, &other.lines(true), WHOLE)
        }
    };
    Ok(lines.map(|lines| {
        let mut told = input_lines(&turn.entry.input);
        told.extend(lines);
        told
    }))
}

fn strayed_lines(asked: &Effect, tape: &Tape<'_>) -> Vec<String> {
    let nearest = tape.nearest(asked);
    let is_alike =
        |nearest: &&Effect| std::mem::discriminant(*nearest) == std::mem::discriminant(asked);
    if let Some(nearest) = nearest.filter(is_alike) {
        let (before, after) = (effect_lines(nearest), effect_lines(asked));
        let what = match asked {
            Effect::CallBlock(call) => format!("another call of the block {}", call.block_type),
            Effect::Evaluate(_) => "another script".to_owned(),
            other => describe(other),
        };
        let told = format!("The other bot asks for {what}, so the comparison ends here.");
        let mut lines = vec![told];
        lines.extend(difference(&before, &after, NEAR).unwrap_or_default());
        return lines;
    }
    let told = format!("The other bot asks for {}.", describe(asked));
    let recorded = match nearest {
        Some(nearest) => format!("The recording has {} instead", describe(nearest)),
        None => "The recording has nothing more".to_owned(),
    };
    vec![told, format!("{recorded}, so the comparison ends here.")]
}
