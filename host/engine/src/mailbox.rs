//! The slot through which a conversation's code asks for effects.
//!
//! That code is straight-line `async`, but nothing runs it except [`crate::Turn`], which polls it
//! by hand: there is no executor, and a future is pending only while its effect is.

use crate::effect::{Effect, EffectResult};
use crate::turn::Refusal;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

#[derive(Debug, Default)]
struct Slot {
    asked: Option<Effect>,
    answered: Option<EffectResult>,
}

/// One end of the slot; both sides hold one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Slot>>);

impl Mailbox {
    fn with<T>(&self, work: impl FnOnce(&mut Slot) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn perform(&self, effect: Effect) -> EffectResult {
        self.with(|slot| slot.asked = Some(effect));
        poll_fn(|_| match self.with(|slot| slot.answered.take()) {
            Some(result) => Poll::Ready(result),
            None => Poll::Pending,
        })
        .await
    }

    /// What was asked, once.
    pub(crate) fn take_asked(&self) -> Option<Effect> {
        self.with(|slot| slot.asked.take())
    }

    /// Gives the answer.
    pub(crate) fn answer(&self, result: EffectResult) {
        self.with(|slot| slot.answered = Some(result));
    }

    /// Milliseconds since 1970.
    pub(crate) async fn now(&self) -> Result<i64, Refusal> {
        match self.perform(Effect::Now).await {
            EffectResult::Now(ms) => Ok(ms),
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// A fresh id.
    pub(crate) async fn new_id(&self) -> Result<String, Refusal> {
        match self.perform(Effect::NewId).await {
            EffectResult::Id(id) => Ok(id),
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// One address for each of a version's listeners.
    pub(crate) async fn addresses(
        &self,
        version: String,
        blocks: Vec<String>,
    ) -> Result<Vec<String>, Refusal> {
        let effect = Effect::AddressListeners { version, blocks };
        match self.perform(effect).await {
            EffectResult::Addresses(addresses) => Ok(addresses),
            _ => Err(Refusal::wrong_answer()),
        }
    }

    /// A number in `[0, 1)`.
    pub(crate) async fn random(&self) -> Result<f64, Refusal> {
        match self.perform(Effect::Random).await {
            EffectResult::Random(number) => Ok(number),
            _ => Err(Refusal::wrong_answer()),
        }
    }
}
