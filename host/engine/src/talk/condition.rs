//! Condition blocks, and conditions of choices.

use super::Talk;
use super::walk::Flowing;
use crate::condition::compare;
use crate::template::single_variable;
use crate::turn::Refusal;
use talkloom_flow::condition::{Comparison, Condition, DisplayCondition};
use talkloom_flow::logic::ConditionItem;
use talkloom_flow::{Block, Field, List, VariableValue};

impl Talk {
    pub(super) async fn branch(
        &mut self,
        block: &Block,
        items: &Field<List<ConditionItem>>,
    ) -> Result<Flowing, Refusal> {
        for item in items.items() {
            let Some(condition) = item.content.get() else {
                continue;
            };
            if self.holds(condition).await? {
                return Ok(Flowing::along(item.outgoing_edge_id.filled()));
            }
        }
        let otherwise = block.outgoing_edge_id.filled();
        Ok(otherwise.map_or(Flowing::On, |edge| Flowing::along(Some(edge))))
    }

    /// Whether a choice is shown.
    pub(super) async fn is_shown(
        &mut self,
        display: Option<&DisplayCondition>,
    ) -> Result<bool, Refusal> {
        match display.filter(|display| display.is_enabled.is_on(false)) {
            Some(DisplayCondition {
                condition: Field::Value(condition),
                ..
            }) => self.holds(condition).await,
            _ => Ok(true),
        }
    }

    async fn holds(&mut self, condition: &Condition) -> Result<bool, Refusal> {
        let is_any = condition.logical_operator.text() == "OR";
        let mut is_first = true;
        for comparison in condition.comparisons.items() {
            is_first = false;
            if self.compares(comparison).await? == is_any {
                return Ok(is_any);
            }
        }
        Ok(!is_first && !is_any)
    }

    async fn compares(&mut self, comparison: &Comparison) -> Result<bool, Refusal> {
        let (Some(variable), Some(operator)) = (
            comparison.variable_id.filled(),
            comparison.comparison_operator.filled(),
        ) else {
            return Ok(false);
        };
        let left = self
            .frame()
            .variables
            .value(variable)
            .cloned()
            .unwrap_or_default();
        let right = self
            .right_side(comparison.value.get().map(String::as_str))
            .await?;
        Ok(compare(operator, &left, &right).unwrap_or_else(|invalid| {
            self.log(
                "error",
                "A condition's pattern cannot be read.",
                Some(invalid.to_string()),
            );
            false
        }))
    }

    async fn right_side(&self, text: Option<&str>) -> Result<VariableValue, Refusal> {
        let Some(text) = text else {
            return Ok(VariableValue::Text(String::new()));
        };
        if matches!(text, "undefined" | "null") {
            return Ok(VariableValue::Null);
        }
        if let Some(name) = single_variable(text)
            && let Some(value) = self.frame().variables.named_value(name)
        {
            return Ok(value.clone());
        }
        Ok(VariableValue::Text(self.fill(text).await?))
    }
}
