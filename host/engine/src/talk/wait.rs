//! Waits, and waiting for a request from outside.

use super::Talk;
use super::set_variable::text_value;
use super::walk::Flowing;
use crate::number::parse_float;
use crate::turn::Refusal;
use serde_json::{Number, Value, json};
use talkloom_flow::Block;
use talkloom_flow::logic::WaitOptions;

impl Talk {
    pub(super) async fn pause(
        &mut self,
        block: &Block,
        options: Option<&WaitOptions>,
    ) -> Result<Flowing, Refusal> {
        let Some(options) = options else {
            return Ok(Flowing::On);
        };
        let Some(written) = options.seconds_to_wait_for.filled() else {
            return Ok(Flowing::On);
        };
        let filled = self.fill(written).await?.replacen(',', ".", 1);
        let Some(seconds) = parse_float(&filled).and_then(number) else {
            return Ok(Flowing::On);
        };
        let pauses = options.should_pause.is_on(false);
        self.act("wait", json!({"secondsToWaitFor": seconds}), block, pauses);
        Ok(if pauses { Flowing::Stop } else { Flowing::On })
    }

    /// Puts the addresses of the running bot's listeners into their variables. A bot without such a
    /// listener asks for nothing.
    pub(super) async fn address_listeners(&mut self) -> Result<(), Refusal> {
        let flow = self.flow();
        let listeners = flow.addressed_listeners();
        let blocks: Vec<String> = listeners.map(|block| block.id().to_owned()).collect();
        if blocks.is_empty() {
            return Ok(());
        }
        let version = self.frame().version.clone();
        let addresses = self.mailbox.addresses(version, blocks).await?;
        for (block, address) in flow.addressed_listeners().zip(addresses) {
            if let Some(variable) = block.address_variable() {
                let variables = &mut self.frame_mut().variables;
                variables.set(variable, text_value(address));
            }
        }
        Ok(())
    }

    pub(super) fn listen(&mut self, block: &Block) -> Flowing {
        self.act_as(json!({"type": "listenForWebhook"}), block, true);
        Flowing::Stop
    }
}

/// A number as JSON prints it: whole ones without a fraction.
pub(in crate::talk) fn number(value: f64) -> Option<Value> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    if value.fract() == 0.0 && value.abs() <= LARGEST {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and small enough"
        )]
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}
