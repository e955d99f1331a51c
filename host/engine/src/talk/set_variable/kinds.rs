//! The kinds of values, by the names that files give them.

use super::text_value;
use crate::datetime::{self, DAY_MS};
use crate::message::Channel;
use crate::talk::Talk;
use crate::turn::Refusal;
use talkloom_flow::logic::{MapListItem, SetVariableOptions};
use talkloom_flow::{Block, Field, VariableValue};

/// Runs in the visitor's page.
pub(super) const MOMENT_OF_THE_DAY: &str = "const hour = new Date().getHours(); \
     return hour < 12 ? \"morning\" : hour < 18 ? \"afternoon\" : \"evening\"";

/// Runs in the visitor's page.
pub(super) const DEVICE_TYPE: &str = "const agent = navigator.userAgent; \
     const touches = navigator.maxTouchPoints > 1; \
     if (/iPad|Tablet|PlayBook|Silk/i.test(agent) || (/Android/i.test(agent) && !/Mobile/i.test(agent)) \
     || (/Macintosh/i.test(agent) && touches)) return \"tablet\"; \
     return /Mobi|iPhone|iPod|Android|IEMobile|BlackBerry/i.test(agent) ? \"mobile\" : \"desktop\"";

impl Talk {
    /// The value that an options' kind asks for; none where the variable is left alone.
    pub(super) async fn value_of_kind(
        &mut self,
        place: usize,
        block: &Block,
        options: &SetVariableOptions,
    ) -> Result<Option<VariableValue>, Refusal> {
        let text = |text: Option<String>| text.map_or(VariableValue::Null, text_value);
        let value = match options.r#type.text() {
            "" | "Custom" => self.custom_value(place, block, options).await?,
            "Append value(s)" => self.appended(options).await?,
            "Environment name" => VariableValue::Text(
                match self.contact.channel {
                    Channel::Web => "web",
                    Channel::Messenger => "whatsapp",
                }
                .to_owned(),
            ),
            "Transcript" => {
                let target = options.variable_id.text().to_owned();
                self.frame_mut().variables.keep_out_of_results(&target);
                text(Some(self.printed_transcript()))
            }
            "User ID" | "Result ID" => match self.frame().result.clone() {
                Some(result) => VariableValue::Text(result),
                None => VariableValue::Text(self.mailbox.new_id().await?),
            },
            "Random ID" => VariableValue::Text(self.mailbox.new_id().await?),
            "Now" => self.date(0, &options.time_zone).await?,
            "Today" => self.date(0, &Field::Absent).await?,
            "Yesterday" => self.date(-DAY_MS, &options.time_zone).await?,
            "Tomorrow" => self.date(DAY_MS, &options.time_zone).await?,
            "Map item with same index" => self.mapped(options.map_list_item_params.get()),
            "Pop" => self.shortened(place, block, options, |list| list.pop()),
            "Shift" => self.shortened(place, block, options, |list| {
                if list.is_empty() {
                    None
                } else {
                    Some(list.remove(0))
                }
            }),
            "Phone number" => text(self.contact.phone_number.clone()),
            "Contact name" => text(self.contact.name.clone()),
            "Referral Click ID" => text(self.contact.referral_click.clone()),
            "Referral Source ID" => text(self.contact.referral_source.clone()),
            _ => VariableValue::Null,
        };
        Ok(Some(value))
    }

    async fn date(&self, shift: i64, zone: &Field<String>) -> Result<VariableValue, Refusal> {
        let time = self.mailbox.now().await?.saturating_add(shift);
        let zone = match zone.filled() {
            Some(zone) => self.fill(zone).await?,
            None => String::new(),
        };
        let printed = datetime::iso_in_zone(time, &zone).unwrap_or_else(|| datetime::iso(time));
        Ok(VariableValue::Text(printed))
    }

    async fn appended(&self, options: &SetVariableOptions) -> Result<VariableValue, Refusal> {
        let item = match options.item.filled() {
            Some(item) => Some(self.fill(item).await?).filter(|item| !item.is_empty()),
            None => None,
        };
        let mut list = match self.frame().variables.value(options.variable_id.text()) {
            None | Some(VariableValue::Null) => Vec::new(),
            Some(VariableValue::Text(text)) => vec![Some(text.clone())],
            Some(VariableValue::List(list)) => list.clone(),
        };
        list.push(item);
        Ok(VariableValue::List(list))
    }

    fn mapped(&self, lists: Option<&MapListItem>) -> VariableValue {
        let held = |id: &Field<String>| self.frame().variables.value(id.filled()?);
        let found = || {
            let lists = lists?;
            let VariableValue::Text(item) = held(&lists.base_item_variable_id)? else {
                return None;
            };
            let VariableValue::List(base) = held(&lists.base_list_variable_id)? else {
                return None;
            };
            let VariableValue::List(target) = held(&lists.target_list_variable_id)? else {
                return None;
            };
            let place = base.iter().position(|other| other.as_ref() == Some(item))?;
            target.get(place)?.clone()
        };
        found().map_or(VariableValue::Null, text_value)
    }

    /// Takes an element from the variable's list and saves it.
    fn shortened(
        &mut self,
        place: usize,
        block: &Block,
        options: &SetVariableOptions,
        take: impl FnOnce(&mut Vec<Option<String>>) -> Option<Option<String>>,
    ) -> VariableValue {
        let held = self
            .frame()
            .variables
            .value(options.variable_id.text())
            .cloned();
        let (left, taken) = match held {
            None | Some(VariableValue::Null) => return VariableValue::Null,
            Some(VariableValue::Text(text)) => (Vec::new(), Some(text)),
            Some(VariableValue::List(mut list)) => {
                let taken = take(&mut list).flatten();
                (list, taken)
            }
        };
        if let Some(variable) = options.save_item_in_variable_id.filled() {
            let taken = taken.map_or(VariableValue::Null, text_value);
            self.assign(place, block, variable, taken);
        }
        VariableValue::List(left)
    }
}
