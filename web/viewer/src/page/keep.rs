//! Requests that must count once, and the conversation kept for the next visit.

use serde_json::{Value, json};

use super::markdown::Markdown;
use super::{Page, net, store};
use crate::api::{ApiError, ChatReply, StartReply};
use crate::chat::settings::Remember;
use crate::chat::{Chat, Event, Memory, Moment};
use crate::json::Fields;

/// What the page holds beside the conversation itself.
#[derive(Default)]
pub(super) struct Kept {
    /// The key of the request that is under way or failed: sent again, it has the same.
    key: Option<String>,
    /// The conversation as it is kept.
    pub(super) record: Value,
    /// Where it is kept; none: nowhere.
    remember: Option<Remember>,
}

impl Page {
    /// Begins the conversation, or goes on with the one of an earlier visit.
    pub(super) async fn start(&self, body: &Value) {
        if self.come_back().await {
            return;
        }
        let path = format!("/api/v1/typebots/{}/startChat", self.bot);
        let answer = self.post_once(&path, body).await;
        if let Ok(start) = &answer {
            if let Some(memory) = self.earlier(start).await {
                return self.dispatch(Event::Restored(Box::new(memory)));
            }
            self.kept.borrow_mut().record = json!({"start": start, "moments": []});
        }
        let start = answer.and_then(|value| StartReply::read(&value).ok_or(ApiError::Unreadable));
        self.dispatch(Event::Started(Box::new(start)));
    }

    /// Sends an answer.
    pub(super) async fn go_on(&self, body: &Value) {
        let path = format!("/api/v1/sessions/{}/continueChat", self.session());
        let answer = self.post_once(&path, body).await;
        match &answer {
            Ok(reply) => self.note(Moment::replied(reply)),
            // What the server no longer knows cannot be gone on with.
            Err(ApiError::Status { status: 404, .. }) => store::forget_chat(&self.bot),
            Err(_) => {}
        }
        let reply = answer.map(|value| ChatReply::read(&value));
        self.dispatch(Event::Replied(Box::new(reply)));
    }

    async fn post_once(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        let key = {
            let mut kept = self.kept.borrow_mut();
            kept.key.get_or_insert_with(net::new_key).clone()
        };
        let answer = net::post_once(path, body, &key).await;
        if answer.is_ok() {
            self.kept.borrow_mut().key = None;
        }
        answer
    }

    /// The kept conversation, where it is of the same visitor and the same version of the bot.
    async fn earlier(&self, new: &Value) -> Option<Memory> {
        let record = store::recall_chat(&self.bot)?;
        let memory = self.memory(&record).await?;
        let new = StartReply::read(new)?;
        let same = memory.start.result_id == new.result_id
            && memory.start.published_at == new.published_at
            && new.published_at.is_some();
        if !same {
            return None;
        }
        self.kept.borrow_mut().record = record;
        Some(memory)
    }

    /// Reads a kept conversation.
    pub(super) async fn memory(&self, record: &Value) -> Option<Memory> {
        let moments = record.list("moments").iter();
        let written = moments.filter_map(|moment| moment.text("streamed")).count();
        let markdown = match written {
            0 => Markdown::default(),
            _ => Markdown::load().await,
        };
        Memory::read(record, |text| markdown.read(text))
    }

    /// Keeps the visitor's result and conversation where the bot wants it.
    pub(super) fn remember(&self, chat: &Chat) {
        let Some(remember) = chat.settings.remember else {
            return store::forget(&self.bot);
        };
        if let Some(id) = &chat.result_id {
            store::remember(remember, &self.bot, id);
            let mut kept = self.kept.borrow_mut();
            kept.remember = Some(remember);
            store::remember_chat(remember, &self.bot, &kept.record);
        }
    }

    /// Adds to the kept conversation.
    pub(super) fn note(&self, moment: Value) {
        let mut kept = self.kept.borrow_mut();
        let moments = kept.record.get_mut("moments").and_then(Value::as_array_mut);
        if let Some(moments) = moments {
            moments.push(moment);
        }
        if let Some(remember) = kept.remember {
            store::remember_chat(remember, &self.bot, &kept.record);
        }
    }
}
