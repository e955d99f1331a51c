//! Asking: an input as the visitor's page gets it.

mod bounds;

use super::Talk;
use super::walk::Flowing;
use crate::choices::{DynamicCard, dynamic_buttons, dynamic_cards, dynamic_pictures};
use crate::template::single_variable;
use crate::turn::Refusal;
use serde_json::{Value, json};
use talkloom_flow::input::{Button, Card, Picture, PicturesOptions};
use talkloom_flow::{Block, BlockKind, Field, List, VariableValue};

impl Talk {
    /// Asks the visitor; with an answer at hand from an earlier reply, that is taken.
    pub(super) async fn ask(&mut self, block: &Block) -> Result<Flowing, Refusal> {
        self.current_block = Some(block.id().to_owned());
        self.is_waiting = true;
        if self
            .return_mark
            .as_ref()
            .is_some_and(|mark| mark.is_called && mark.block == block.id())
        {
            return Ok(Flowing::Stop);
        }
        self.reply.input = Some(self.rendered(block).await?);
        Ok(Flowing::Stop)
    }

    async fn rendered(&mut self, block: &Block) -> Result<Value, Refusal> {
        let mut json =
            serde_json::to_value(block).map_err(|error| Refusal::internal(error.to_string()))?;
        let items = self.items(block).await?;
        if let (Some(_), Some(keys)) = (&items, json.as_object_mut()) {
            keys.remove("items");
        }
        self.fill_json(&mut json).await?;
        if let Some(items) = items {
            json["items"] = items;
        }
        bounds::settle(block, &mut json["options"]);
        if let Some(value) = self.prefilled(block) {
            json["prefilledValue"] = json!(value);
        }
        if let Some(prepared) = self.prepare_input(block, &json["options"]).await? {
            json["runtimeOptions"] = prepared;
        }
        Ok(json)
    }

    /// The choices that are shown, variables put in, as JSON; none where the block has none.
    pub(super) async fn filled_items(&mut self, block: &Block) -> Result<Value, Refusal> {
        Ok(self.items(block).await?.unwrap_or_default())
    }

    fn prefilled(&self, block: &Block) -> Option<String> {
        if matches!(
            block.kind,
            BlockKind::Buttons { .. } | BlockKind::Pictures { .. } | BlockKind::Cards { .. }
        ) {
            return None;
        }
        match self.frame().variables.value(block.answer_variable()?)? {
            VariableValue::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// What comes out of a variable is not looked through for placeholders again: visitors may have
    /// written it.
    async fn items(&mut self, block: &Block) -> Result<Option<Value>, Refusal> {
        let mut shown = match &block.kind {
            BlockKind::Buttons { options, items } => {
                let variable = options.get().map(|options| &options.dynamic_variable_id);
                if let Some(variable) = variable.and_then(Field::filled) {
                    return Ok(Some(self.dynamic_buttons(variable, items)));
                }
                self.shown_buttons(items).await?
            }
            BlockKind::Pictures { options, items } => {
                if let Some(dynamic) = self.dynamic_pictures(options.get()) {
                    return Ok(Some(dynamic));
                }
                self.shown_pictures(items).await?
            }
            BlockKind::Cards { items, .. } => {
                if let Some(dynamic) = self.dynamic_cards(items).await? {
                    return Ok(Some(dynamic));
                }
                self.shown_cards(items).await?
            }
            _ => return Ok(None),
        };
        self.fill_json(&mut shown).await?;
        Ok(Some(shown))
    }

    /// Buttons from a variable; while it has no value those of the block, as they were written.
    fn dynamic_buttons(&self, variable: &str, written: &Field<List<Button>>) -> Value {
        let held = self.frame().variables.value(variable);
        let Some(contents) = held.and_then(dynamic_buttons) else {
            return written.items().map(|button| json!(button)).collect();
        };
        let button = |(place, content)| json!({"id": format!("choice{place}"), "content": content});
        contents.into_iter().enumerate().map(button).collect()
    }

    async fn shown_buttons(&mut self, items: &Field<List<Button>>) -> Result<Value, Refusal> {
        let mut shown = Vec::new();
        for item in items.items() {
            if self.is_shown(item.display_condition.get()).await? {
                shown.push(json!(item));
            }
        }
        Ok(Value::Array(shown))
    }

    fn dynamic_pictures(&self, options: Option<&PicturesOptions>) -> Option<Value> {
        let dynamic = options?.dynamic_items.get()?;
        if !dynamic.is_enabled.is_on(false) {
            return None;
        }
        let held = |id: &Field<String>| {
            id.filled()
                .and_then(|id| self.frame().variables.value(id))
                .cloned()
                .unwrap_or_default()
        };
        let pictures = dynamic_pictures(
            &held(&dynamic.picture_srcs_variable_id),
            &held(&dynamic.titles_variable_id),
            &held(&dynamic.descriptions_variable_id),
        )?;
        let items = pictures.into_iter().map(|picture| {
            let mut item = json!({"id": picture.id});
            set(&mut item, "pictureSrc", picture.picture_src);
            set(&mut item, "title", picture.title);
            set(&mut item, "description", picture.description);
            item
        });
        Some(items.collect())
    }

    async fn shown_pictures(&mut self, items: &Field<List<Picture>>) -> Result<Value, Refusal> {
        let mut shown = Vec::new();
        for item in items.items() {
            if self.is_shown(item.display_condition.get()).await? {
                shown.push(json!(item));
            }
        }
        Ok(Value::Array(shown))
    }

    /// One card whose fields are lists stands for as many cards.
    async fn dynamic_cards(&self, items: &Field<List<Card>>) -> Result<Option<Value>, Refusal> {
        let mut cards = items.items();
        let (Some(card), None) = (cards.next(), cards.next()) else {
            return Ok(None);
        };
        let list = |field: &Field<String>| {
            let name = single_variable(field.filled()?)?;
            let held = self.frame().variables.named_value(name)?;
            match held {
                VariableValue::List(list) => Some(list.as_slice()),
                _ => None,
            }
        };
        let paths = card.paths.items().count();
        let (titles, images) = (list(&card.title), list(&card.image_url));
        let descriptions = list(&card.description);
        let Some(made) = dynamic_cards(titles, images, descriptions, paths) else {
            return Ok(None);
        };
        let mut written = json!(card);
        for (key, list) in [
            ("title", titles),
            ("imageUrl", images),
            ("description", descriptions),
        ] {
            if let (Some(_), Some(keys)) = (list, written.as_object_mut()) {
                keys.remove(key);
            }
        }
        self.fill_json(&mut written).await?;
        let cards = made.into_iter().map(|made| dynamic_card(&written, made));
        Ok(Some(cards.collect()))
    }

    async fn shown_cards(&mut self, items: &Field<List<Card>>) -> Result<Value, Refusal> {
        let mut shown = Vec::new();
        for item in items.items() {
            let display = item
                .options
                .get()
                .and_then(|options| options.display_condition.get());
            if self.is_shown(display).await? {
                shown.push(json!(item));
            }
        }
        Ok(Value::Array(shown))
    }
}

fn dynamic_card(written: &Value, made: DynamicCard) -> Value {
    let mut card = written.clone();
    set(&mut card, "imageUrl", made.image_url);
    set(&mut card, "title", made.title);
    set(&mut card, "description", made.description);
    let paths = card
        .get_mut("paths")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten();
    for (path, id) in paths.zip(made.path_ids) {
        path["id"] = json!(id);
    }
    card
}

fn set(item: &mut Value, key: &str, text: Option<String>) {
    if let Some(text) = text {
        item[key] = json!(text);
    }
}
