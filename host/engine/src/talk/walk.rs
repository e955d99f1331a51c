//! The walk: from group to group until something is awaited or nothing is left.

use super::Talk;
use crate::output::Record;
use crate::state::Way;
use crate::turn::Refusal;
use talkloom_flow::{Block, BlockKind, Group};

/// What a block makes of the walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flowing {
    /// The next block follows.
    On,
    /// The group is left.
    Leave(Way),
    /// The path ends here.
    End,
    /// Something is awaited.
    Stop,
}

impl Flowing {
    /// Along an edge that decides: one that is not connected ends the path.
    pub(super) fn along(edge: Option<&str>) -> Self {
        edge.map_or(Self::End, |edge| Self::Leave(Way::Edge(edge.to_owned())))
    }
}

impl Talk {
    /// Walks until something is awaited or nothing is left.
    pub(super) async fn walk(&mut self, first: Option<Way>) -> Result<(), Refusal> {
        let mut way = first;
        loop {
            if let Some((group, block)) = way.take().and_then(|way| self.target(&way)) {
                way = self.run_group(group, block).await?;
            }
            if self.is_waiting || self.blocks_left == 0 {
                return Ok(());
            }
            while way.is_none() {
                way = self.frame_mut().queue.pop_front();
                if way.is_none() && !self.return_to_parent() {
                    return Ok(());
                }
            }
        }
    }

    /// The places of the group and the block that a way leads to.
    fn target(&self, way: &Way) -> Option<(usize, usize)> {
        let flow = &self.frame().flow;
        let (group, block) = match way {
            Way::Edge(edge) => {
                let target = flow.edge(edge)?.to.get()?;
                (target.group_id.filled()?, target.block_id.filled())
            }
            Way::Place { group, block } => (group.as_str(), block.as_deref()),
        };
        let place = flow.group_place(group)?;
        let first = block
            .and_then(|block| {
                flow.group_at(place)?
                    .blocks
                    .entries()
                    .find(|(_, other)| other.id() == block)
            })
            .map_or(0, |(within, _)| within);
        Some((place, first))
    }

    async fn run_group(&mut self, place: usize, first: usize) -> Result<Option<Way>, Refusal> {
        let flow = self.flow();
        let Some(group) = flow.group_at(place) else {
            return Ok(None);
        };
        let mut last = None;
        for (within, block) in group
            .blocks
            .entries()
            .skip_while(|(within, _)| *within < first)
        {
            if !self.spend() {
                return Ok(None);
            }
            last = Some(block);
            match self.run_block(group, within, block).await? {
                Flowing::On => {}
                Flowing::Leave(way) => return Ok(Some(way)),
                Flowing::End | Flowing::Stop => return Ok(None),
            }
        }
        Ok(last.and_then(|block| Some(Way::Edge(block.outgoing_edge_id.filled()?.to_owned()))))
    }

    /// Takes one block from the budget; without one left the conversation ends with a log line.
    fn spend(&mut self) -> bool {
        self.blocks_left = self.blocks_left.saturating_sub(1);
        if self.blocks_left > 0 {
            return true;
        }
        let message = format!(
            "The bot ran {} blocks without asking anything, so it was stopped. Look for a circle \
             of connections or jumps and put a question into it.",
            self.limits.blocks
        );
        self.log("error", message, None);
        false
    }

    async fn run_block(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
    ) -> Result<Flowing, Refusal> {
        if block.is_bubble() {
            return self.bubble(block).await;
        }
        if block.is_input() {
            return self.ask(block).await;
        }
        let flowing = match &block.kind {
            BlockKind::SetVariable(options) => {
                self.set_variable(place, block, options.get()).await?
            }
            BlockKind::Condition { items } => self.branch(block, items).await?,
            BlockKind::Redirect(options) => self.redirect(block, options.get()).await?,
            BlockKind::Script(options) => self.script(place, block, options.get()).await?,
            BlockKind::Link(options) => {
                return self.link(group, place, block, options.get()).await;
            }
            BlockKind::Wait(options) => self.pause(block, options.get()).await?,
            BlockKind::AbTest { options, items } => self.ab_test(options.get(), items).await?,
            BlockKind::Jump(options) => self.jump(group, place, block, options.get()).await?,
            BlockKind::Return => self.come_back(),
            BlockKind::Listener(_) => self.listen(block),
            BlockKind::Integration(options) => {
                self.integrate(group, place, block, options.get()).await?
            }
            _ => Flowing::On,
        };
        if let Flowing::Leave(way) = &flowing {
            self.note_way(way, block);
        }
        Ok(match flowing {
            Flowing::On if follows_its_edge(block) => {
                Flowing::along(block.outgoing_edge_id.filled())
            }
            flowing => flowing,
        })
    }

    /// Records a way that is not the block's default one.
    pub(super) fn note_way(&mut self, way: &Way, block: &Block) {
        let edge = match way {
            Way::Edge(edge) if block.outgoing_edge_id.filled() == Some(edge) => return,
            Way::Edge(edge) => edge.clone(),
            Way::Place { group, block: None } => format!("virtual-{group}"),
            Way::Place {
                group,
                block: Some(block),
            } => format!("virtual-{group}-{block}"),
        };
        if let Some(result) = self.frame().result.clone() {
            self.records.push(Record::VisitedEdge {
                result,
                index: self.next_edge,
                edge,
            });
        }
        self.next_edge += 1;
    }
}

/// Whether a block that decides nothing leaves its group by its edge, even amid the group.
fn follows_its_edge(block: &Block) -> bool {
    use BlockKind::{Integration, Redirect, Script, SetVariable, Wait};
    matches!(
        block.kind,
        SetVariable(_) | Redirect(_) | Script(_) | Wait(_) | Integration(_)
    ) && block.outgoing_edge_id.filled().is_some()
}

/// Where a block leads by default: along its edge, or to the next block of its group.
pub(super) fn default_way(group: &Group, place: usize, block: &Block) -> Option<Way> {
    if let Some(edge) = block.outgoing_edge_id.filled() {
        return Some(Way::Edge(edge.to_owned()));
    }
    next_place(group, place)
}

/// The next block of a group.
pub(super) fn next_place(group: &Group, place: usize) -> Option<Way> {
    let (_, next) = group.blocks.entries().find(|(within, _)| *within > place)?;
    Some(Way::Place {
        group: group.id.text().to_owned(),
        block: Some(next.id().to_owned()),
    })
}
