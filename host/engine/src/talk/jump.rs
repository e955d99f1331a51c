//! Jumps to other groups, and the way back.

use super::Talk;
use super::walk::{Flowing, default_way, next_place};
use crate::state::{ReturnMark, Way};
use crate::template::single_variable;
use crate::turn::Refusal;
use crate::value;
use talkloom_flow::logic::JumpOptions;
use talkloom_flow::{Block, Flow, Group};

impl Talk {
    pub(super) async fn jump(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        options: Option<&JumpOptions>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some(wanted) = options.group_id.filled() else {
            return Ok(Flowing::On);
        };
        let flow = self.flow();
        let Some(target) = self.group_named(&flow, wanted) else {
            self.log(
                "error",
                "A jump leads to a group that does not exist.",
                Some(wanted.into()),
            );
            return Ok(Flowing::End);
        };
        let next = next_place(group, place).or_else(|| default_way(group, place, block));
        if let Some(back) = next.and_then(|way| self.first_block(&flow, &way)) {
            self.return_mark = Some(ReturnMark {
                block: back,
                is_called: false,
                message: None,
            });
        }
        let way = Way::Place {
            group: target.id.text().to_owned(),
            block: options.block_id.filled().map(str::to_owned),
        };
        Ok(Flowing::Leave(way))
    }

    /// A group by its id, or by the title that a lone variable holds.
    pub(super) fn group_named<'f>(&self, flow: &'f Flow, wanted: &str) -> Option<&'f Group> {
        match single_variable(wanted) {
            Some(name) => {
                let title = value::print(self.frame().variables.named_value(name)?);
                flow.document()
                    .groups
                    .items()
                    .find(|group| group.title.text() == title)
            }
            None => flow.group(wanted),
        }
    }

    /// The block that a way leads to.
    pub(super) fn first_block(&self, flow: &Flow, way: &Way) -> Option<String> {
        match way {
            Way::Place {
                block: Some(block), ..
            } => Some(block.clone()),
            Way::Place { group, block: None } => first_of(flow.group(group)?),
            Way::Edge(edge) => {
                let target = flow.edge(edge)?.to.get()?;
                match target.block_id.filled() {
                    Some(block) => Some(block.to_owned()),
                    None => first_of(flow.group(target.group_id.filled()?)?),
                }
            }
        }
    }

    /// Goes back to where a jump or an event came from.
    pub(super) fn come_back(&mut self) -> Flowing {
        let Some(mark) = self.return_mark.take() else {
            return Flowing::On;
        };
        let flow = self.flow();
        let Some((group, _)) = super::place_of(&flow, &mark.block) else {
            return Flowing::On;
        };
        let way = Way::Place {
            group: group.id.text().to_owned(),
            block: Some(mark.block.clone()),
        };
        if mark.message.is_some() {
            self.return_mark = Some(ReturnMark {
                is_called: true,
                ..mark
            });
        }
        Flowing::Leave(way)
    }
}

fn first_of(group: &Group) -> Option<String> {
    group
        .blocks
        .items()
        .next()
        .map(|block| block.id().to_owned())
}
