//! What the bot's builder sets. Labels and the retry message are the page's and the host's.

use talkloom_block::prelude::*;

/// How much is to be paid, and what Stripe is told of it.
#[options]
pub struct Payment {
    /// The amount in whole units of the currency, such as 30.00.
    #[field(label = "Amount", placeholder = "30.00")]
    pub amount: Number,
    /// The currency's three letters.
    #[field(label = "Currency", placeholder = "USD")]
    pub currency: Option<String>,
    /// What else Stripe is told.
    #[field(label = "Additional information", accordion = "Additional information")]
    pub additional_information: Option<Information>,
    /// What the page says.
    #[field(label = "Labels", accordion = "Labels")]
    pub labels: Option<Labels>,
    /// What is said when the payment was not made.
    #[field(
        label = "Message after a failed payment",
        placeholder = "Payment failed. Please, try again."
    )]
    pub retry_message_content: Option<String>,
}

/// What Stripe is told besides the amount.
#[options]
pub struct Information {
    /// What is paid for.
    #[field(label = "Description")]
    pub description: Option<String>,
    /// Who pays.
    #[field(label = "Name")]
    pub name: Option<String>,
    /// Where Stripe sends the receipt.
    #[field(label = "Email")]
    pub email: Option<String>,
    /// The payer's telephone number.
    #[field(label = "Phone number")]
    pub phone_number: Option<String>,
    /// The payer's address.
    #[field(label = "Address")]
    pub address: Option<Address>,
}

/// The payer's address.
#[options]
pub struct Address {
    /// The country's two letters.
    #[field(label = "Country")]
    pub country: Option<String>,
    /// Street and number.
    #[field(label = "Line 1")]
    pub line1: Option<String>,
    /// What else it needs.
    #[field(label = "Line 2")]
    pub line2: Option<String>,
    /// The state or province.
    #[field(label = "State")]
    pub state: Option<String>,
    /// The city.
    #[field(label = "City")]
    pub city: Option<String>,
    /// The postal code.
    #[field(label = "Postal code")]
    pub postal_code: Option<String>,
}

/// What the page says.
#[options]
pub struct Labels {
    /// On the button, before the amount.
    #[field(label = "Button", placeholder = "Pay")]
    pub button: Option<String>,
    /// The visitor's bubble after the payment.
    #[field(label = "Success", placeholder = "Success")]
    pub success: Option<String>,
}

impl Payment {
    /// The currency in capitals.
    pub fn currency(&self) -> String {
        let currency = filled(self.currency.as_deref()).unwrap_or("USD");
        currency.to_ascii_uppercase()
    }

    /// What the bank statement or the dashboard says of it.
    pub fn description(&self) -> Option<&str> {
        let information = self.additional_information.as_ref()?;
        filled(information.description.as_deref())
    }

    /// Where the receipt goes.
    pub fn email(&self) -> Option<&str> {
        let information = self.additional_information.as_ref()?;
        filled(information.email.as_deref())
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
