//! The document's skeleton: groups, events, edges, variables.

use crate::block::Block;
use crate::field::{List, record};
use crate::settings::Settings;
use crate::theme::Theme;
use crate::variable::VariableValue;
use serde_json::Number;

record! {
    /// All that a bot's file holds.
    Document {
        /// The format's version: `6` or `6.1` once a file is open.
        version: String,
        /// The bot's id.
        id: String,
        /// The bot's name.
        name: String,
        /// Where conversations begin, and what interrupts them.
        events: List<Event>,
        /// The groups of blocks.
        groups: List<Group>,
        /// The connections.
        edges: List<Edge>,
        /// The variables.
        variables: List<Variable>,
        /// How it looks.
        theme: Theme,
        /// How it behaves.
        settings: Settings,
        /// The name in public addresses.
        public_id: String,
    }

    /// A group of blocks that run one after another.
    Group {
        /// The group's id.
        id: String,
        /// What people call it.
        title: String,
        /// Where it lies on the canvas.
        graph_coordinates: Coordinates,
        /// Its blocks in order.
        blocks: List<Block>,
    }

    /// A place on the canvas.
    Coordinates {
        /// To the right.
        x: Number,
        /// Downwards.
        y: Number,
    }

    /// Something that makes a conversation go somewhere: its start, a command, a reply.
    Event {
        /// The event's id.
        id: String,
        /// `start`, `command`, `reply` or `invalidReply`.
        r#type: String,
        /// Where it lies on the canvas.
        graph_coordinates: Coordinates,
        /// Where it leads.
        outgoing_edge_id: String,
        /// What its type needs.
        options: EventOptions,
    }

    /// What an event needs beside its type.
    EventOptions {
        /// The command's name.
        command: String,
        /// Whether the interrupted block is resumed after the command.
        resume_after: bool,
        /// The variable that receives the reply.
        content_variable_id: String,
        /// The variable that receives the title of the input's group.
        input_name_variable_id: String,
        /// The variable that receives the input's type.
        input_type_variable_id: String,
    }

    /// A connection.
    Edge {
        /// The edge's id.
        id: String,
        /// Where it begins.
        from: EdgeSource,
        /// Where it leads.
        to: EdgeTarget,
    }

    /// Where an edge begins: at an event, a block, or a branch of a block.
    EdgeSource {
        /// The event.
        event_id: String,
        /// The block.
        block_id: String,
        /// The block's item.
        item_id: String,
        /// The item's button.
        path_id: String,
    }

    /// Where an edge leads.
    EdgeTarget {
        /// The group.
        group_id: String,
        /// The block to begin at; none: the group's first.
        block_id: String,
    }

    /// A variable of the bot.
    Variable {
        /// The variable's id.
        id: String,
        /// What people write between the braces.
        name: String,
        /// What it holds at first.
        value: VariableValue,
        /// Whether it is kept out of the results.
        is_session_variable: bool,
    }
}

impl Document {
    /// The event where conversations begin.
    pub fn start_event(&self) -> Option<&Event> {
        self.events
            .items()
            .find(|event| event.r#type.text() == "start")
    }
}
