//! Money: what is to be paid, and what the provider's form needs.

use serde_json::{Map, Value};

use crate::json::Fields;

/// A payment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Payment {
    /// What is to be paid, in words.
    pub amount: Option<String>,
    /// What the provider's form is opened with; none where there is nothing to pay with.
    pub secret: Option<String>,
    /// Whose account it is.
    pub key: String,
    /// On the button, before the amount.
    pub button: String,
    /// The visitor's bubble after the payment.
    pub success: String,
    /// What the provider is told of the visitor.
    pub billing: Value,
}

impl Payment {
    /// Reads an input of that kind.
    pub fn read(input: &Value) -> Self {
        let options = input.at("options");
        Self {
            amount: input.text("runtimeOptions/amountLabel"),
            secret: input.text("runtimeOptions/paymentIntentSecret"),
            key: input.text_or("runtimeOptions/publicKey", ""),
            button: options.text_or("labels/button", "Pay"),
            success: options.text_or("labels/success", "Success"),
            billing: billing(options.at("additionalInformation")),
        }
    }

    /// The button's words.
    pub fn words(&self) -> String {
        match &self.amount {
            Some(amount) => format!("{} {amount}", self.button),
            None => self.button.clone(),
        }
    }
}

/// As the provider names it; what is empty is left out.
fn billing(known: &Value) -> Value {
    let take = |from: &Value, names: &[(&str, &str)]| {
        let texts = names
            .iter()
            .filter_map(|(name, there)| Some(((*there).to_owned(), from.text(name)?)));
        let filled = texts.filter(|(_, text)| !text.trim().is_empty());
        let map: Map<String, Value> = filled.map(|(name, text)| (name, text.into())).collect();
        map
    };
    let mut billing = take(
        known,
        &[
            ("name", "name"),
            ("email", "email"),
            ("phoneNumber", "phone"),
        ],
    );
    let address = take(
        known.at("address"),
        &[
            ("country", "country"),
            ("line1", "line1"),
            ("line2", "line2"),
            ("state", "state"),
            ("city", "city"),
            ("postalCode", "postal_code"),
        ],
    );
    if !address.is_empty() {
        billing.insert("address".to_owned(), Value::Object(address));
    }
    Value::Object(billing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_known_of_the_visitor_goes_along() {
        let payment = Payment::read(&json!({
            "options": {"labels": {"button": "Give"}, "additionalInformation": {
                "name": "Ann", "email": " ", "phoneNumber": "1", "description": "Tea",
                "address": {"postalCode": "20099", "city": ""},
            }},
            "runtimeOptions": {"amountLabel": "€5", "paymentIntentSecret": "s", "publicKey": "k"},
        }));
        assert_eq!(payment.words(), "Give €5");
        assert_eq!(payment.success, "Success");
        let expected = json!({"name": "Ann", "phone": "1", "address": {"postal_code": "20099"}});
        assert_eq!(payment.billing, expected);
        assert_eq!(
            (payment.secret.as_deref(), payment.key.as_str()),
            (Some("s"), "k")
        );
    }

    #[test]
    fn a_payment_that_nobody_takes_has_no_secret() {
        let payment = Payment::read(&json!({"runtimeOptions": {"amountLabel": "€5"}}));
        assert_eq!(payment.secret, None);
        assert_eq!(payment.billing, json!({}));
    }
}
