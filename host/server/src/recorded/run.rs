//! A saved conversation is held with a bot, and what differs from what is expected is told.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use talkloom_engine::effect::{BlockCall, Effect, EffectResult, FlowLink, FlowRef};
use talkloom_engine::message::{Start, TextFormat};
use talkloom_engine::replay::{
    Counterpart, InputView, Library, Played, Strayed, Supply, TurnView, describe, variables,
};
use talkloom_engine::{Reply, State};

use super::bots::Bots;
use super::print::{call_lines, effect_lines};
use super::saved::{Expected, ExpectedInput, SavedConversation, SavedEffect, SavedStep};
use super::{NEAR, WHOLE, difference};

/// The bot's name in the library.
const BOT: &str = "bot";

/// How a saved conversation went.
#[derive(Debug)]
pub enum Outcome {
    /// As expected.
    Passed {
        /// How many steps there are.
        steps: usize,
    },
    /// Not as expected.
    Failed {
        /// The first step that differs, from 1.
        step: usize,
        /// What differs, in sentences and marked lines.
        lines: Vec<String>,
    },
}

/// Holds a saved conversation of a folder with its bot, or with another.
///
/// # Errors
/// Where the file or the bot cannot be used.
pub async fn run(
    bots: &Bots<'_>,
    saved: &SavedConversation,
    folder: &Path,
    bot: Option<&str>,
) -> Result<Outcome> {
    let flow = match (bot, &saved.bot) {
        (Some(bot), _) => bots.open(bot, Path::new("")).await?,
        (None, Some(bot)) => bots.open(bot, folder).await?,
        (None, None) => bail!("The file names no bot. Give one with --bot."),
    };
    let mut library = Library::default();
    library.flows.insert(BOT.to_owned(), flow);
    add_links(bots, saved, folder, &mut library).await?;
    let start = start_of(saved)?;
    let mut counterpart = Counterpart::new(&library, BOT, Arc::clone(&bots.catalog));
    for (place, step) in saved.steps.iter().enumerate() {
        let before = counterpart.state().cloned();
        let mut effects = Effects::of(&step.effects)?;
        let held = match place {
            0 => counterpart.start(start.clone(), &mut effects)?,
            _ => counterpart.reply(reply_of(step, &start), &mut effects)?,
        };
        let lines = match held {
            Err(Strayed(effect)) => Some(unrecorded(&effect, &effects)),
            Ok(played) => check(&library, before.as_ref(), &played, &step.expect, &effects),
        };
        if let Some(lines) = lines {
            let step = place + 1;
            return Ok(Outcome::Failed { step, lines });
        }
    }
    let steps = saved.steps.len();
    Ok(Outcome::Passed { steps })
}

/// Loads the linked bots under the ids that the links name.
async fn add_links(
    bots: &Bots<'_>,
    saved: &SavedConversation,
    folder: &Path,
    library: &mut Library,
) -> Result<()> {
    let effects = saved.steps.iter().flat_map(|step| &step.effects);
    for effect in effects {
        let Some(link) = effect.link.as_deref().filter(|_| effect.is_found()) else {
            continue;
        };
        let flow = match saved.links.get(link) {
            Some(bot) => Some(bots.open(bot, folder).await?),
            None => bots.open_linked(link).await?,
        };
        let flow = flow.with_context(|| {
            format!("The linked bot “{link}” is missing. Name a file for it under “links”.")
        })?;
        library.flows.insert(link.to_owned(), flow);
    }
    Ok(())
}

fn start_of(saved: &SavedConversation) -> Result<Start> {
    let known = serde_json::to_value(Start::default())?;
    if let Some(unknown) = saved.start.keys().find(|key| known.get(key).is_none()) {
        bail!("The key “{unknown}” of “start” is not known.");
    }
    let start: Start = serde_json::from_value(Value::Object(saved.start.clone()))
        .context("“start” cannot be read.")?;
    Ok(Start {
        result: start.result.or_else(|| Some("result".to_owned())),
        text_format: TextFormat::Markdown,
        ..start
    })
}

fn reply_of(step: &SavedStep, start: &Start) -> Reply {
    Reply {
        message: step.visitor.clone(),
        text_format: Some(TextFormat::Markdown),
        limits: start.limits,
        own_hosts: start.own_hosts.clone(),
    }
}

fn unrecorded(effect: &Effect, effects: &Effects<'_>) -> Vec<String> {
    let mut lines = vec![format!(
        "The bot asks for {}, which is not among the step's effects.",
        describe(effect)
    )];
    if let Some(differing) = effects.differing_options(effect) {
        lines.extend(differing);
        return lines;
    }
    if let Some((next, _)) = effects.0.first() {
        let json = serde_json::to_string(next).unwrap_or_default();
        lines.push(format!("The next of those is {json}."));
    }
    lines
}

/// Compares what is expected with what the bot did.
fn check(
    library: &Library,
    before: Option<&State>,
    played: &Played,
    expected: &Expected,
    effects: &Effects<'_>,
) -> Option<Vec<String>> {
    let did = TurnView::of(library, before, played);
    let after = played.end.as_ref().ok().map(|ended| &ended.state);
    let (wanted, seen) = (wanted(expected), seen(library, expected, did, after));
    let mut lines = difference(&wanted.lines(false), &seen.lines(false), WHOLE).unwrap_or_default();
    let left = effects.0.iter().filter(|(saved, _)| saved.is_external());
    for (saved, _) in left {
        let json = serde_json::to_string(saved).unwrap_or_default();
        lines.push(format!("The bot does not ask for {json} any more."));
    }
    (!lines.is_empty()).then_some(lines)
}

fn wanted(expected: &Expected) -> TurnView {
    TurnView {
        bot: expected.bot.clone().unwrap_or_default(),
        input: expected.input.as_ref().map(|input| match input {
            ExpectedInput::Type(kind) => InputView {
                r#type: kind.clone(),
                ..InputView::default()
            },
            ExpectedInput::Choices { r#type, choices } => InputView {
                r#type: r#type.clone(),
                choices: choices.clone(),
                ..InputView::default()
            },
        }),
        actions: expected.actions.clone().unwrap_or_default(),
        understood: expected.understood.clone(),
        variables: expected.variables.clone(),
        branch: expected.branch.clone().unwrap_or_default(),
        ends: expected.ends.unwrap_or_default(),
        // A refusal that nobody expects is a difference always.
        refused: expected.refused.clone(),
        logs: Vec::new(),
    }
}

/// What the bot did, as far as something is expected of it.
fn seen(library: &Library, expected: &Expected, did: TurnView, after: Option<&State>) -> TurnView {
    let held = after.map(|state| variables(library, state));
    let held = held.unwrap_or_default();
    let names = expected.variables.keys();
    let named = names.map(|name| (name.clone(), held.get(name).cloned().unwrap_or_default()));
    let input = did.input.filter(|_| expected.input.is_some());
    TurnView {
        variables: named.collect(),
        bot: did
            .bot
            .into_iter()
            .filter(|_| expected.bot.is_some())
            .collect(),
        input: input.map(|input| InputView {
            r#type: input.r#type,
            choices: match &expected.input {
                Some(ExpectedInput::Choices { .. }) => input.choices,
                _ => Vec::new(),
            },
            ..InputView::default()
        }),
        actions: match &expected.actions {
            Some(_) => did.actions,
            None => Vec::new(),
        },
        understood: did.understood.filter(|_| expected.understood.is_some()),
        branch: match &expected.branch {
            Some(_) => did.branch,
            None => Vec::new(),
        },
        ends: did.ends && expected.ends.is_some(),
        refused: did.refused,
        logs: Vec::new(),
    }
}

/// A step's effects that were not asked for yet, with what they give.
struct Effects<'s>(Vec<(&'s SavedEffect, EffectResult)>);

impl<'s> Effects<'s> {
    fn of(saved: &'s [SavedEffect]) -> Result<Self> {
        let effects = saved.iter().map(|saved| Ok((saved, saved.result()?)));
        effects.collect::<Result<_>>().map(Self)
    }

    /// How a call's options differ from those that it is saved with.
    fn differing_options(&self, effect: &Effect) -> Option<Vec<String>> {
        let Effect::CallBlock(call) = effect else {
            return None;
        };
        let is_same_block = |saved: &&SavedEffect| saved.call.as_ref() == Some(&call.block_type);
        let saved = self.0.iter().map(|(saved, _)| *saved).find(is_same_block)?;
        let action = saved.action.as_deref().unwrap_or(&call.action);
        let before = call_lines(&call.block_type, action, saved.options.as_ref()?);
        difference(&before, &effect_lines(effect), NEAR)
    }
}

impl Supply for Effects<'_> {
    fn supply(&mut self, effect: &Effect) -> Option<EffectResult> {
        let place = self.0.iter().position(|(saved, _)| saved.is_for(effect))?;
        Some(self.0.remove(place).1)
    }
}

impl SavedEffect {
    fn is_for(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Now => self.now.is_some(),
            Effect::NewId => self.id.is_some(),
            Effect::Random => self.random.is_some(),
            Effect::Evaluate(script) => self.script.as_ref() == Some(&script.code),
            Effect::LoadFlow(FlowLink::Bot(bot)) => self.link.as_ref() == Some(bot),
            Effect::LoadFlow(FlowLink::Version(_)) => false,
            Effect::CallBlock(call) | Effect::TakeStreamed(call) => {
                self.is_for_call(call, &self.call)
            }
            Effect::PrepareInput(call) => self.is_for_call(call, &self.prepare),
            Effect::AcceptInput(given) => self.is_for_call(&given.call, &self.accept),
            Effect::AddressListeners { .. } => self.addresses.is_some(),
        }
    }

    fn is_for_call(&self, call: &BlockCall, block_type: &Option<String>) -> bool {
        let has_action = |action: &String| *action == call.action;
        let has_options = |options: &Value| *options == call.options;
        block_type.as_ref() == Some(&call.block_type)
            && self.action.as_ref().is_none_or(has_action)
            && self.options.as_ref().is_none_or(has_options)
    }

    fn is_external(&self) -> bool {
        self.script.is_some()
            || self.link.is_some()
            || self.call.is_some()
            || self.prepare.is_some()
            || self.accept.is_some()
    }

    fn is_found(&self) -> bool {
        self.gives != Some(Value::Bool(false))
    }

    fn result(&self) -> Result<EffectResult> {
        let json = || serde_json::to_string(self).unwrap_or_default();
        let about = || format!("The effect {} cannot be used.", json());
        let gives = || self.gives.clone().unwrap_or_default();
        let result = match self {
            Self { now: Some(ms), .. } => EffectResult::Now(*ms),
            Self { id: Some(id), .. } => EffectResult::Id(id.clone()),
            Self {
                random: Some(n), ..
            } => EffectResult::Random(*n),
            Self {
                addresses: Some(addresses),
                ..
            } => EffectResult::Addresses(addresses.clone()),
            Self {
                script: Some(_), ..
            } => EffectResult::Evaluated(match &self.fails {
                Some(fails) => Err(read(fails.clone()).with_context(about)?),
                None => Ok(read(gives()).with_context(about)?),
            }),
            Self { call: Some(_), .. } => EffectResult::Called(match &self.fails {
                Some(fails) => Err(read(fails.clone()).with_context(about)?),
                None => Ok(read(gives()).with_context(about)?),
            }),
            Self {
                prepare: Some(_), ..
            } => EffectResult::Prepared(match &self.fails {
                Some(fails) => Err(read(fails.clone()).with_context(about)?),
                None => Ok(read(gives()).with_context(about)?),
            }),
            Self {
                accept: Some(_), ..
            } => EffectResult::Accepted(match &self.fails {
                Some(fails) => Err(read(fails.clone()).with_context(about)?),
                None => Ok(read(gives()).with_context(about)?),
            }),
            Self {
                link: Some(link), ..
            } => EffectResult::Flow(self.is_found().then(|| FlowRef {
                version: link.clone(),
                flow: None,
            })),
            _ => bail!(
                "The effect {} is of no kind: it needs now, id, random, script, link, call, prepare or accept.",
                json()
            ),
        };
        Ok(result)
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> serde_json::Result<T> {
    let empty = || Value::Object(serde_json::Map::new());
    serde_json::from_value(if value.is_null() { empty() } else { value })
}
