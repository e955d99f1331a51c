//! An input: a payment that the text of the reply decides.

use serde_json::{Value, json};
use talkloom_block::prelude::*;

/// What is asked for.
#[options]
pub struct Payment {
    /// How much.
    pub amount: String,
    /// The currency.
    pub currency: Option<String>,
    /// Receives the number of the payment.
    pub receipt_variable_id: Option<Variable>,
}

pub fn open(options: Payment, _: &mut Call) -> Result<Opened, Failure> {
    if options.amount == "nothing" {
        return Err(Failure::other("The amount is missing."));
    }
    let currency = options.currency.as_deref().unwrap_or("USD");
    let shown = json!({
        "paymentIntentSecret": format!("secret-of-{}", options.amount),
        "amountLabel": format!("{} {currency}", options.amount),
        "publicKey": "pk_sample",
    });
    Ok(Opened::showing(shown).keeping(json!({"payment": format!("p-{}", options.amount)})))
}

/// `Success` counts, `refund` leaves by the exit, all else is asked again.
pub fn accept(options: Payment, kept: Value, reply: &str, call: &mut Call) -> Result<(), Failure> {
    match reply {
        "Success" => {}
        "refund" => call.leave_by("refunded"),
        _ => {
            return Err(Failure::Upstream {
                status: Some(402),
                message: "The payment was not made.".to_owned(),
                retryable: false,
            });
        }
    }
    if let Some(variable) = &options.receipt_variable_id {
        call.set(variable, kept["payment"].clone());
    }
    Ok(())
}
