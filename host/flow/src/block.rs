//! Blocks: what a conversation is made of.
//!
//! A block's `type` decides which of its keys are typed. A type that is not one of the built-in
//! ones belongs to an installed component, or to none: it is kept as it is in both cases.

mod wire;

use crate::bubble::{AudioContent, EmbedContent, ImageContent, TextContent, VideoContent};
use crate::field::{Field, List};
use crate::input::{
    Button, ButtonsOptions, Card, CardsOptions, ContactOptions, DateOptions, FileOptions,
    NumberOptions, PaymentOptions, Picture, PicturesOptions, RatingOptions, TextOptions,
    TimeOptions,
};
use crate::logic::{
    AbTestItem, AbTestOptions, ConditionItem, ExitItem, JumpOptions, LinkOptions, ListenerOptions,
    RedirectOptions, ScriptOptions, SetVariableOptions, WaitOptions,
};
use serde_json::{Map, Value};

/// A block of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The block's id.
    pub id: Field<String>,
    /// The type as the file spells it.
    pub block_type: Field<String>,
    /// Where the block leads when nothing else decides.
    pub outgoing_edge_id: Field<String>,
    /// What the type makes of it.
    pub kind: BlockKind,
    /// Ways out besides the default one, of a block that a component stands behind.
    pub exits: Field<List<ExitItem>>,
    /// Keys of the file that are not known here.
    pub extra: Map<String, Value>,
}

/// What a block is, with the keys that its type has.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "blocks are read often and hardly ever moved"
)]
pub enum BlockKind {
    /// Says something.
    Text(Field<TextContent>),
    /// Shows a picture.
    Image(Field<ImageContent>),
    /// Shows a video.
    Video(Field<VideoContent>),
    /// Shows a page.
    Embed(Field<EmbedContent>),
    /// Plays a sound.
    Audio(Field<AudioContent>),
    /// Asks for a text.
    TextInput(Field<TextOptions>),
    /// Asks for a number.
    NumberInput(Field<NumberOptions>),
    /// Asks for an e-mail address.
    EmailInput(Field<ContactOptions>),
    /// Asks for a web address.
    UrlInput(Field<ContactOptions>),
    /// Asks for a telephone number.
    PhoneInput(Field<ContactOptions>),
    /// Asks for a date.
    DateInput(Field<DateOptions>),
    /// Asks for a time of the day.
    TimeInput(Field<TimeOptions>),
    /// Asks to choose buttons.
    Buttons {
        /// The options.
        options: Field<ButtonsOptions>,
        /// The buttons.
        items: Field<List<Button>>,
    },
    /// Asks to choose pictures.
    Pictures {
        /// The options.
        options: Field<PicturesOptions>,
        /// The pictures.
        items: Field<List<Picture>>,
    },
    /// Asks to choose a card.
    Cards {
        /// The options.
        options: Field<CardsOptions>,
        /// The cards.
        items: Field<List<Card>>,
    },
    /// Asks for money.
    Payment(Field<PaymentOptions>),
    /// Asks for a rating.
    Rating(Field<RatingOptions>),
    /// Asks for files.
    File(Field<FileOptions>),
    /// Sets a variable.
    SetVariable(Field<SetVariableOptions>),
    /// Branches by conditions.
    Condition {
        /// The branches.
        items: Field<List<ConditionItem>>,
    },
    /// Leads to another page.
    Redirect(Field<RedirectOptions>),
    /// Runs a script.
    Script(Field<ScriptOptions>),
    /// Runs another bot.
    Link(Field<LinkOptions>),
    /// Waits a while.
    Wait(Field<WaitOptions>),
    /// Branches by chance.
    AbTest {
        /// The options.
        options: Field<AbTestOptions>,
        /// The two branches.
        items: Field<List<AbTestItem>>,
    },
    /// Goes to another group.
    Jump(Field<JumpOptions>),
    /// Goes back to where a jump or an event came from.
    Return,
    /// Waits for a request from outside.
    Listener(Field<ListenerOptions>),
    /// Where old files begin.
    Start,
    /// A block that a component runs, with its options.
    Integration(Field<Map<String, Value>>),
}

impl Block {
    /// The block's id; empty where the file has none.
    pub fn id(&self) -> &str {
        self.id.text()
    }

    /// The type as the file spells it; empty where the file has none.
    pub fn type_name(&self) -> &str {
        self.block_type.text()
    }

    /// Whether the block says or shows something.
    pub fn is_bubble(&self) -> bool {
        use BlockKind::{Audio, Embed, Image, Text, Video};
        matches!(
            self.kind,
            Text(_) | Image(_) | Video(_) | Embed(_) | Audio(_)
        )
    }

    /// Whether the block asks the visitor something.
    pub fn is_input(&self) -> bool {
        use BlockKind::{
            Buttons, Cards, DateInput, EmailInput, File, NumberInput, Payment, PhoneInput,
            Pictures, Rating, TextInput, TimeInput, UrlInput,
        };
        matches!(
            self.kind,
            TextInput(_)
                | NumberInput(_)
                | EmailInput(_)
                | UrlInput(_)
                | PhoneInput(_)
                | DateInput(_)
                | TimeInput(_)
                | Buttons { .. }
                | Pictures { .. }
                | Cards { .. }
                | Payment(_)
                | Rating(_)
                | File(_)
        )
    }

    /// Whether a component runs the block.
    pub fn is_integration(&self) -> bool {
        matches!(self.kind, BlockKind::Integration(_))
    }

    /// The variable that receives an input's answer.
    pub fn answer_variable(&self) -> Option<&str> {
        let field = match &self.kind {
            BlockKind::TextInput(o) => &o.get()?.variable_id,
            BlockKind::NumberInput(o) => &o.get()?.variable_id,
            BlockKind::EmailInput(o) | BlockKind::UrlInput(o) | BlockKind::PhoneInput(o) => {
                &o.get()?.variable_id
            }
            BlockKind::DateInput(o) => &o.get()?.variable_id,
            BlockKind::TimeInput(o) => &o.get()?.variable_id,
            BlockKind::Buttons { options, .. } => &options.get()?.variable_id,
            BlockKind::Pictures { options, .. } => &options.get()?.variable_id,
            BlockKind::Cards { options, .. } => &options.get()?.variable_id,
            BlockKind::Payment(o) => &o.get()?.variable_id,
            BlockKind::Rating(o) => &o.get()?.variable_id,
            BlockKind::File(o) => &o.get()?.variable_id,
            _ => return None,
        };
        field.filled()
    }

    /// The item that stands for one of the exits of the block's action.
    pub fn exit(&self, name: &str) -> Option<&ExitItem> {
        let mut exits = self.exits.items();
        exits.find(|exit| exit.path.filled().unwrap_or(exit.id.text()) == name)
    }

    /// The variable that holds a listener's address.
    pub fn address_variable(&self) -> Option<&str> {
        match &self.kind {
            BlockKind::Listener(options) => options.get()?.address_variable_id.filled(),
            _ => None,
        }
    }

    /// The ids of the edges that leave the block, its own first, then those of its branches.
    pub fn outgoing_edges(&self) -> Vec<&str> {
        let mut edges: Vec<&str> = self.outgoing_edge_id.filled().into_iter().collect();
        edges.extend(
            self.exits
                .items()
                .filter_map(|exit| exit.outgoing_edge_id.filled()),
        );
        match &self.kind {
            BlockKind::Buttons { items, .. } => {
                edges.extend(
                    items
                        .items()
                        .filter_map(|item| item.outgoing_edge_id.filled()),
                );
            }
            BlockKind::Pictures { items, .. } => {
                edges.extend(
                    items
                        .items()
                        .filter_map(|item| item.outgoing_edge_id.filled()),
                );
            }
            BlockKind::Cards { items, .. } => edges.extend(
                items
                    .items()
                    .flat_map(|card| card.paths.items())
                    .filter_map(|path| path.outgoing_edge_id.filled()),
            ),
            BlockKind::Condition { items } => {
                edges.extend(
                    items
                        .items()
                        .filter_map(|item| item.outgoing_edge_id.filled()),
                );
            }
            BlockKind::AbTest { items, .. } => {
                edges.extend(
                    items
                        .items()
                        .filter_map(|item| item.outgoing_edge_id.filled()),
                );
            }
            _ => {}
        }
        edges
    }
}
