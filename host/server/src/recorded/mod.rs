//! Recorded conversations for people: printed, compared with another bot, kept as tests.
//!
//! Everything here works offline: a conversation is held again from what was recorded of it.

mod bots;
mod compare;
mod print;
mod run;
mod save;
mod saved;

pub use bots::{Bots, find_session};
pub use compare::{Compared, compare};
pub use print::{turn_json, turn_lines};
pub use run::{Outcome, run};
pub use save::save;
pub use saved::{SavedConversation, find};

use similar::{ChangeTag, TextDiff};

/// The lines of two texts, those that differ marked with `-` (as it was) and `+` (as it is); of the
/// others, `around` before and after.
fn difference(before: &[String], after: &[String], around: usize) -> Option<Vec<String>> {
    if before == after {
        return None;
    }
    let old: Vec<&str> = before.iter().map(String::as_str).collect();
    let new: Vec<&str> = after.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    for (place, group) in diff.grouped_ops(around).iter().enumerate() {
        if place > 0 {
            lines.push("  …".to_owned());
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        lines.extend(changes.map(|change| {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{mark} {}", change.value())
        }));
    }
    Some(lines)
}

/// Turns are shown whole.
const WHOLE: usize = usize::MAX / 4;
/// Of a call's options, the lines around what differs.
const NEAR: usize = 2;
