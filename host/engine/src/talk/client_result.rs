//! What the visitor's page gave for a client action or an embedded page.

use super::Talk;
use crate::effect::{BlockCall, Effect, EffectResult, Script};
use crate::message::Message;
use crate::turn::Refusal;
use crate::value;
use serde_json::{Map, Value, json};
use talkloom_flow::bubble::EmbedContent;
use talkloom_flow::logic::ResponseMapping;
use talkloom_flow::{Block, BlockKind, Field, List};

/// Blocks whose reply is an HTTP response.
const HTTP_TYPES: [&str; 4] = ["Webhook", "Zapier", "Make.com", "Pabbly"];

impl Talk {
    /// Takes what the page gave for the block that waits.
    pub(super) async fn client_result(
        &mut self,
        place: usize,
        block: &Block,
        message: Option<&Message>,
        streamed: Option<BlockCall>,
    ) -> Result<(), Refusal> {
        let Some(Message::Text { text, .. }) = message else {
            return Ok(());
        };
        match &block.kind {
            BlockKind::SetVariable(Field::Value(options)) => {
                let given = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
                self.assign(
                    place,
                    block,
                    options.variable_id.text(),
                    value::from_json(Some(&given)),
                );
            }
            BlockKind::Embed(Field::Value(embed)) => self.embed_result(place, block, embed, text),
            BlockKind::Listener(options) => {
                let given: Value = serde_json::from_str(text)
                    .unwrap_or_else(|_| json!({"statusCode": 200, "data": text}));
                let mapping = options
                    .get()
                    .map(|options| &options.response_variable_mapping);
                self.map_response(place, block, mapping, &given).await?;
            }
            BlockKind::Integration(options) if HTTP_TYPES.contains(&block.type_name()) => {
                let given: Value = serde_json::from_str(text)
                    .map_err(|_| Refusal::bad_request("Provided response is not valid JSON"))?;
                let mapping = options.get().and_then(|o| o.get("responseVariableMapping"));
                let mapping = mapping.map(|list| Field::read(list.clone()));
                self.map_response(place, block, mapping.as_ref(), &given)
                    .await?;
            }
            BlockKind::Integration(Field::Value(options)) => {
                if let Some(call) = streamed {
                    self.streamed_result(place, block, options, text, call)
                        .await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn embed_result(&mut self, place: usize, block: &Block, embed: &EmbedContent, text: &str) {
        let Some(wait) = embed.wait_for_event.get() else {
            return;
        };
        if let Some(variable) = wait.save_data_in_variable_id.filled() {
            self.assign(place, block, variable, value::from_json(Some(&json!(text))));
        }
    }

    /// The page showed an answer word by word; the bubble that would show it is left out. What the
    /// block set besides is taken up.
    async fn streamed_result(
        &mut self,
        place: usize,
        block: &Block,
        options: &Map<String, Value>,
        text: &str,
        call: BlockCall,
    ) -> Result<(), Refusal> {
        let Some(variable) = self.stream_variable(block, options) else {
            return Ok(());
        };
        let ids = call.variables.iter().map(|known| known.id.clone());
        let others: Vec<_> = ids.filter(|id| *id != variable).collect();
        self.assign(
            place,
            block,
            &variable,
            value::from_json(Some(&json!(text))),
        );
        self.skips_bubble = true;
        if others.is_empty() {
            return Ok(());
        }
        match self.mailbox.perform(Effect::TakeStreamed(call)).await {
            EffectResult::Called(Ok(outcome)) => {
                for (other, given) in outcome.assignments {
                    if others.contains(&other) {
                        self.assign(place, block, &other, value::from_json(Some(&given)));
                    }
                }
                Ok(())
            }
            EffectResult::Called(Err(failure)) => {
                self.log("error", failure.message, failure.details);
                Ok(())
            }
            _ => Err(Refusal::wrong_answer()),
        }
    }

    async fn map_response(
        &mut self,
        place: usize,
        block: &Block,
        mapping: Option<&Field<List<ResponseMapping>>>,
        response: &Value,
    ) -> Result<(), Refusal> {
        for part in mapping.into_iter().flat_map(Field::items) {
            let (Some(variable), Some(path)) = (part.variable_id.filled(), part.body_path.filled())
            else {
                continue;
            };
            let path = self.fill(path).await?;
            let script = Script {
                code: format!("return {path}"),
                arguments: ["data", "statusCode"]
                    .iter()
                    .map(|key| ((*key).to_owned(), response[*key].clone()))
                    .collect(),
                is_async: false,
                settable: Vec::new(),
            };
            match self.evaluate(script).await? {
                Ok(evaluation) => {
                    let held = value::from_json(evaluation.value.as_ref());
                    self.assign(place, block, variable, held);
                }
                Err(error) => {
                    let message = "A part of the response could not be taken.";
                    self.log("error", message, Some(error.message));
                }
            }
        }
        Ok(())
    }
}
