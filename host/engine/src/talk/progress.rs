//! How far a conversation has come, measured by the inputs that may still follow.

use super::Talk;
use std::collections::BTreeMap;
use talkloom_flow::{Block, Flow};

impl Talk {
    /// 0 to 100; none where the bot shows no progress bar.
    pub(super) fn progress(&self) -> Option<f64> {
        let root = self.frames.last()?;
        if !root.flow.document().theme.get()?.has_progress_bar() {
            return None;
        }
        let asked = self.current_block.as_deref().filter(|_| self.is_waiting);
        let Some(place) = asked.and_then(|id| self.frame().flow.block_place(id)) else {
            return Some(100.0);
        };
        let mut left = Longest {
            flow: &self.frame().flow,
            known: BTreeMap::new(),
        };
        let answered = f64::from(self.answered) + 1.0;
        let remaining = f64::from(left.after(place));
        Some(answered / (remaining + answered) * 100.0)
    }
}

type Place = (usize, usize);

/// The longest path over inputs, found depth first; a circle counts once.
struct Longest<'f> {
    flow: &'f Flow,
    /// None while the search is below the place.
    known: BTreeMap<Place, Option<u32>>,
}

impl Longest<'_> {
    /// Inputs on the longest path after a block. The search keeps its own stack: flows may be long.
    fn after(&mut self, start: Place) -> u32 {
        let mut stack = vec![start];
        while let Some(place) = stack.last().copied() {
            if self.known.get(&place).is_some_and(Option::is_some) {
                stack.pop();
                continue;
            }
            self.known.insert(place, None);
            let next = self.successors(place);
            let unknown: Vec<Place> = next
                .iter()
                .copied()
                .filter(|next| !self.known.contains_key(next))
                .collect();
            if unknown.is_empty() {
                let longest = next.iter().map(|next| self.length_from(*next)).max();
                self.known.insert(place, Some(longest.unwrap_or(0)));
                stack.pop();
            } else {
                stack.extend(unknown);
            }
        }
        self.known.get(&start).copied().flatten().unwrap_or(0)
    }

    fn length_from(&self, place: Place) -> u32 {
        // A place that is still searched stands before this one: a circle adds nothing.
        let Some(further) = self.known.get(&place).copied().flatten() else {
            return 0;
        };
        further + u32::from(self.block(place).is_some_and(Block::is_input))
    }

    fn block(&self, (group, block): Place) -> Option<&Block> {
        self.flow.group_at(group)?.blocks.get()?.at(block)
    }

    fn successors(&self, (group, within): Place) -> Vec<Place> {
        let Some(block) = self.block((group, within)) else {
            return Vec::new();
        };
        let mut next: Vec<Place> = block
            .outgoing_edges()
            .into_iter()
            .filter_map(|edge| {
                let target = self.flow.edge(edge)?.to.get()?;
                let group = self.flow.group_place(target.group_id.filled()?)?;
                let block = target
                    .block_id
                    .filled()
                    .and_then(|id| self.flow.block_place(id));
                Some((group, block.map_or(0, |(_, within)| within)))
            })
            .collect();
        if self.block((group, within + 1)).is_some() {
            next.push((group, within + 1));
        }
        next
    }
}
