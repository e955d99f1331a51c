//! Answers: what a reply means to its input, and where it is kept.

use super::Talk;
use super::variables::Variables;
use crate::choices::{Candidate, CardCandidate, match_card, match_multiple, match_single};
use crate::inputs;
use crate::message::Message;
use crate::output::Record;
use crate::turn::Refusal;
use crate::value;
use serde_json::Value;
use talkloom_flow::bubble::NumberOrText;
use talkloom_flow::input::{
    Button, Card, CardsOptions, DateOptions, Extra, FileOptions, NumberOptions, Picture,
    RatingOptions,
};
use talkloom_flow::{Block, BlockKind, Field, Group, List, VariableValue};

/// A reply that its input accepts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Understood {
    /// What is stored; none where an input was skipped.
    pub(super) content: Option<String>,
    /// The edge of the chosen item.
    pub(super) edge: Option<String>,
    /// Variables that take parts of the answer.
    assignments: Vec<(String, VariableValue)>,
}

impl Understood {
    fn text(content: impl Into<String>) -> Option<Self> {
        Some(Self {
            content: Some(content.into()),
            ..Self::default()
        })
    }
}

impl Talk {
    /// What a reply means to an input; none where it is not an answer.
    pub(super) async fn understand(
        &mut self,
        block: &Block,
        message: Option<&Message>,
    ) -> Result<Option<Understood>, Refusal> {
        let reply_id = match message {
            Some(Message::Text {
                metadata: Some(metadata),
                ..
            }) => metadata.reply_id.as_deref(),
            _ => None,
        };
        if let BlockKind::File(options) = &block.kind {
            return Ok(understand_files(options.get(), message, &self.own_hosts));
        }
        let Some(text) = message.map(Message::content) else {
            return Ok(None);
        };
        match &block.kind {
            BlockKind::Buttons { options, .. } => {
                let several = options
                    .get()
                    .is_some_and(|o| o.is_multiple_choice.is_on(false));
                let items: Vec<Button> = self.choices(block).await?;
                let candidates: Vec<_> = items.iter().map(button_candidate).collect();
                Ok(choose(&candidates, several, text, reply_id, |place| {
                    items[place].outgoing_edge_id.filled()
                }))
            }
            BlockKind::Pictures { options, .. } => {
                let several = options
                    .get()
                    .is_some_and(|o| o.is_multiple_choice.is_on(false));
                let items: Vec<Picture> = self.choices(block).await?;
                let candidates: Vec<_> = items
                    .iter()
                    .map(|item| picture_candidate(item, several))
                    .collect();
                Ok(choose(&candidates, several, text, reply_id, |place| {
                    items[place].outgoing_edge_id.filled()
                }))
            }
            BlockKind::Cards { options, .. } => {
                let cards: Vec<Card> = self.choices(block).await?;
                Ok(understand_card(options.get(), &cards, text, reply_id))
            }
            BlockKind::DateInput(options) => self.understand_date(options.get(), text).await,
            BlockKind::TimeInput(options) => {
                let format = options.get().and_then(|options| options.format.filled());
                let now = self.mailbox.now().await?;
                Ok(inputs::time::parse(text, format, now).and_then(Understood::text))
            }
            BlockKind::NumberInput(options) => self.understand_number(options.get(), text).await,
            BlockKind::Rating(options) => self.understand_rating(options.get(), text).await,
            _ => Ok(understand_text(block, text).and_then(Understood::text)),
        }
    }

    async fn choices<T: serde::de::DeserializeOwned>(
        &mut self,
        block: &Block,
    ) -> Result<Vec<T>, Refusal> {
        let items = Field::<List<T>>::read(self.filled_items(block).await?);
        Ok(match items {
            Field::Value(List(items)) => items
                .into_iter()
                .filter_map(|item| match item {
                    Field::Value(item) => Some(item),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        })
    }

    async fn understand_number(
        &self,
        options: Option<&NumberOptions>,
        text: &str,
    ) -> Result<Option<Understood>, Refusal> {
        let mut rules = inputs::number::NumberRules::default();
        if let Some(options) = options {
            rules.min = self.bound(options.min.get()).await?;
            rules.max = self.bound(options.max.get()).await?;
        }
        Ok(inputs::number::parse(text, rules).and_then(Understood::text))
    }

    async fn understand_rating(
        &self,
        options: Option<&RatingOptions>,
        text: &str,
    ) -> Result<Option<Understood>, Refusal> {
        let mut rules = inputs::rating::RatingRules::default();
        if let Some(options) = options {
            rules.starts_at = self.bound(options.starts_at.get()).await?;
            rules.length = options.length.get().and_then(|length| length.as_f64());
        }
        Ok(inputs::rating::is_valid(text, rules)
            .then(|| Understood::text(text))
            .flatten())
    }

    async fn bound(&self, bound: Option<&NumberOrText>) -> Result<Option<f64>, Refusal> {
        Ok(match bound {
            None => None,
            Some(NumberOrText::Number(number)) => number.as_f64(),
            Some(NumberOrText::Text(text)) => inputs::number::parse_bound(&self.fill(text).await?),
        })
    }

    async fn understand_date(
        &self,
        options: Option<&DateOptions>,
        text: &str,
    ) -> Result<Option<Understood>, Refusal> {
        let now = self.mailbox.now().await?;
        let options = options.cloned().unwrap_or_default();
        let labels = options.labels.get();
        let min = self.fill(options.min.text()).await?;
        let max = self.fill(options.max.text()).await?;
        let rules = inputs::date::DateRules {
            has_time: options.has_time.is_on(false),
            is_range: options.is_range.is_on(false),
            format: options.format.filled(),
            separator: labels.and_then(|labels| labels.separator.filled()),
            min: Some(min.as_str()).filter(|min| !min.is_empty()),
            max: Some(max.as_str()).filter(|max| !max.is_empty()),
        };
        Ok(inputs::date::parse(text, rules, now).and_then(Understood::text))
    }

    /// Keeps the parts of an answer that have variables of their own.
    pub(super) fn keep_parts(&mut self, place: usize, block: &Block, understood: &mut Understood) {
        for (variable, value) in std::mem::take(&mut understood.assignments) {
            self.assign(place, block, &variable, value);
        }
    }

    /// Keeps an answer: in variables, among the answers, in the records and the transcript.
    pub(super) fn accept(
        &mut self,
        group: &Group,
        place: usize,
        block: &Block,
        understood: Understood,
        message: Option<&Message>,
    ) {
        let Some(content) = understood.content else {
            return;
        };
        if let Some(Message::Text { text, .. }) = message
            && *text != content
        {
            self.reply.last_message_new_format = Some(content.clone());
        }
        if let Some(variable) = block.answer_variable() {
            let value = self.collect(variable, &content);
            self.assign(place, block, variable, value);
        }
        let files = match message {
            Some(Message::Text {
                attached_file_urls, ..
            }) => attached_file_urls.clone(),
            _ => Vec::new(),
        };
        self.keep_extras(place, block, message, &files);
        self.hear_answer(&content);
        self.answered += 1;
        let key = self.frame().answer_key(group, place);
        let value = match (&block.kind, files.is_empty()) {
            (BlockKind::TextInput(_), false) => format!("{}\n\n{content}", files.join(", ")),
            _ => content.clone(),
        };
        self.frame_mut().remember_answer(key, value);
        if let Some(result) = self.frame().result.clone() {
            self.records.push(Record::Answer {
                result,
                block: block.id().to_owned(),
                content,
                attached_file_urls: files,
            });
        }
    }

    /// Voice and files that come with a text go to variables of their own.
    fn keep_extras(
        &mut self,
        place: usize,
        block: &Block,
        message: Option<&Message>,
        files: &[String],
    ) {
        let BlockKind::TextInput(Field::Value(options)) = &block.kind else {
            return;
        };
        let saves = |extra: &Field<Extra>| {
            let extra = extra.get().filter(|extra| extra.is_enabled.is_on(false))?;
            extra.save_variable_id.filled().map(str::to_owned)
        };
        if let (Some(variable), Some(Message::Audio { url })) =
            (saves(&options.audio_clip), message)
        {
            self.assign(place, block, &variable, VariableValue::Text(url.clone()));
        }
        if let Some(variable) = saves(&options.attachments).filter(|_| !files.is_empty()) {
            let value = joined(&self.frame().variables, &variable, files);
            self.assign(place, block, &variable, value);
        }
    }
}

/// Files as a variable takes them: appended to a list, one as a text, several as a list.
fn joined(variables: &Variables, variable: &str, files: &[String]) -> VariableValue {
    let added = || files.iter().cloned().map(Some);
    match (variables.value(variable), files) {
        (Some(VariableValue::List(list)), _) => {
            VariableValue::List(list.iter().cloned().chain(added()).collect())
        }
        (_, [only]) => VariableValue::Text(only.clone()),
        _ => VariableValue::List(added().collect()),
    }
}

fn understand_text(block: &Block, text: &str) -> Option<String> {
    match &block.kind {
        BlockKind::EmailInput(_) => inputs::email::parse(text),
        BlockKind::UrlInput(_) => inputs::url::is_valid(text).then(|| text.to_owned()),
        BlockKind::PhoneInput(options) => {
            let country = options
                .get()
                .and_then(|options| options.default_country_code.filled());
            inputs::phone::parse(text, country)
        }
        BlockKind::Payment(_) => (text != "fail").then(|| text.to_owned()),
        _ => Some(text.to_owned()),
    }
}

fn understand_files(
    options: Option<&FileOptions>,
    message: Option<&Message>,
    own_hosts: &[String],
) -> Option<Understood> {
    let is_required = options.is_none_or(|options| options.is_required.is_on(true));
    let Some(message) = message else {
        return (!is_required).then(Understood::default);
    };
    let allowed: Option<Vec<String>> = options
        .and_then(|options| options.allowed_file_types.get())
        .filter(|types| types.is_enabled.is_on(false))
        .map(|types| types.types.items().cloned().collect());
    let rules = inputs::files::FileRules {
        is_multiple: options.is_some_and(|options| options.is_multiple_allowed.is_on(false)),
        allowed_types: allowed.as_deref(),
        own_hosts,
    };
    let files = inputs::files::parse(message.content(), rules)?;
    Understood::text(files.join(", "))
}

fn button_candidate(item: &Button) -> Candidate<'_> {
    Candidate {
        id: item.id.text(),
        value: item.value.get().map(String::as_str),
        content: item.content.get().map(String::as_str),
    }
}

/// Only among several does a picture without a title go by its address.
fn picture_candidate(item: &Picture, several: bool) -> Candidate<'_> {
    Candidate {
        id: item.id.text(),
        value: item.value.get().map(String::as_str),
        content: item
            .title
            .filled()
            .or(item.picture_src.filled().filter(|_| several)),
    }
}

fn choose<'i>(
    candidates: &[Candidate<'i>],
    several: bool,
    text: &str,
    reply_id: Option<&str>,
    edge: impl Fn(usize) -> Option<&'i str>,
) -> Option<Understood> {
    if several {
        return Understood::text(match_multiple(candidates, text)?.stored);
    }
    let chosen = match_single(candidates, text, reply_id)?;
    let edge = edge(chosen.index).map(str::to_owned);
    Some(Understood {
        content: Some(chosen.stored),
        edge,
        assignments: Vec::new(),
    })
}

fn understand_card(
    options: Option<&CardsOptions>,
    cards: &[Card],
    text: &str,
    reply_id: Option<&str>,
) -> Option<Understood> {
    let candidates: Vec<_> = cards
        .iter()
        .map(|card| CardCandidate {
            title: card.title.get().map(String::as_str),
            paths: card.paths.items().map(|path| path.id.text()).collect(),
        })
        .collect();
    let (card, path) = match_card(&candidates, text, reply_id)?;
    let card = &cards[card];
    let path = card.paths.items().nth(path);
    let mapping = options
        .into_iter()
        .flat_map(|options| options.save_response_mapping.items());
    let assignments = mapping
        .filter_map(|mapping| {
            let part = match mapping.field.text() {
                "Image URL" => card.image_url.filled(),
                "Title" => card.title.filled(),
                "Description" => card.description.filled(),
                "Button" => path.and_then(|path| path.text.filled()),
                "Internal Value" => card.options.get().and_then(|o| o.internal_value.filled()),
                _ => return None,
            };
            let value = value::from_json(part.map(Value::from).as_ref());
            Some((mapping.variable_id.filled()?.to_owned(), value))
        })
        .collect();
    Some(Understood {
        content: card
            .title
            .filled()
            .or(card.image_url.filled())
            .map(str::to_owned),
        edge: path
            .and_then(|path| path.outgoing_edge_id.filled())
            .map(str::to_owned),
        assignments,
    })
}
