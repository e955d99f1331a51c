//! Amounts: as builders write them, as Stripe counts them, and as people read them.

use talkloom_block::FieldError;
use talkloom_block::prelude::*;

/// Currencies without a smaller unit.
const WHOLE: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies whose smaller unit is a thousandth. Stripe counts them in thousandths; a hundredth
/// would ask for a tenth of the price.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];
/// Currencies that have hundredths which nobody writes.
const WRITTEN_WHOLE: [&str; 14] = [
    "AFN", "ALL", "HUF", "IDR", "ISK", "LAK", "LBP", "MMK", "PKR", "RSD", "SLL", "SOS", "STD",
    "YER",
];
/// Currencies that have a sign in English.
const SIGNS: [(&str, &str); 20] = [
    ("AUD", "A$"),
    ("BRL", "R$"),
    ("CAD", "CA$"),
    ("CNY", "CN¥"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("HKD", "HK$"),
    ("ILS", "₪"),
    ("INR", "₹"),
    ("JPY", "¥"),
    ("KRW", "₩"),
    ("MXN", "MX$"),
    ("NZD", "NZ$"),
    ("PHP", "₱"),
    ("TWD", "NT$"),
    ("USD", "$"),
    ("VND", "₫"),
    ("XAF", "FCFA\u{a0}"),
    ("XCD", "EC$"),
    ("XOF", "F\u{202f}CFA\u{a0}"),
];
/// Beyond this, units are no longer exact, and no bank pays it.
const MOST: f64 = 1e12;

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Money {
    /// In the smallest unit, as Stripe counts.
    pub units: i64,
    /// Three capital letters.
    pub currency: String,
}

impl Money {
    /// Reads an amount as builders write it, a variable's value put in: a number with a decimal
    /// point. Half a unit counts as a whole one.
    ///
    /// # Errors
    /// In words for the bot's builder, when it is no amount that can be paid.
    pub fn read(amount: &Number, currency: &str) -> Result<Self, Failure> {
        if currency.len() != 3 || !currency.bytes().all(|c| c.is_ascii_uppercase()) {
            return Err(wrong(
                "/currency",
                format!(
                    "“{currency}” is no currency. Choose one by its three letters, such as EUR."
                ),
            ));
        }
        if THOUSANDTHS.contains(&currency) {
            return Err(wrong(
                "/currency",
                format!(
                    "Payments in {currency} are not supported, because it has thousandths. Choose \
                 another currency."
                ),
            ));
        }
        let number = number(amount)?;
        let scale = if WHOLE.contains(&currency) {
            1.0
        } else {
            100.0
        };
        let units = (number * scale + 0.5).floor();
        if !(1.0..MOST).contains(&units) {
            return Err(wrong(
                "/amount",
                format!("The amount {number} cannot be paid. It has to be more than zero."),
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "between 1 and a million millions"
        )]
        let units = units as i64;
        Ok(Self {
            units,
            currency: currency.to_owned(),
        })
    }

    /// As people read it: euros as in France, all else as in the United States.
    pub fn label(&self) -> String {
        let currency = self.currency.as_str();
        let is_whole = WHOLE.contains(&currency);
        let (units, cents) = match (is_whole, WRITTEN_WHOLE.contains(&currency)) {
            (true, _) => (self.units, None),
            (false, true) => (rounded_to_whole(self.units), None),
            (false, false) => (self.units / 100, Some(self.units % 100)),
        };
        if currency == "EUR" {
            let units = grouped(units, "\u{202f}");
            return format!("{units},{:02}\u{a0}€", cents.unwrap_or_default());
        }
        let sign = SIGNS.iter().find(|(known, _)| *known == currency);
        let sign = match sign {
            Some((_, sign)) => (*sign).to_owned(),
            None if currency == "XPF" => "CFPF\u{a0}".to_owned(),
            None => format!("{currency}\u{a0}"),
        };
        let units = grouped(units, ",");
        match cents {
            Some(cents) => format!("{sign}{units}.{cents:02}"),
            None => format!("{sign}{units}"),
        }
    }
}

/// The amount, read as JavaScript reads numbers: no thousands, no comma.
fn number(amount: &Number) -> Result<f64, Failure> {
    let text = match amount {
        Number::Value(number) => return Ok(*number),
        Number::Unset => "",
        Number::Text(text) => text.trim(),
    };
    if text.is_empty() {
        return Err(wrong(
            "/amount",
            "The amount is empty. Write what is to be paid.".to_owned(),
        ));
    }
    let is_plain = text
        .bytes()
        .all(|c| c.is_ascii_digit() || b"+-.eE".contains(&c));
    let number = text.parse().ok().filter(|_| is_plain);
    let number = number.filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| {
        wrong(
            "/amount",
            format!(
                "The amount “{}” is not a number. Write it with a decimal point, such as 30.50.",
                shortened(text)
            ),
        )
    })
}

fn wrong(pointer: &str, message: String) -> Failure {
    let pointer = pointer.to_owned();
    Failure::InvalidOptions(vec![FieldError { pointer, message }])
}

/// Visitors may have written it.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn rounded_to_whole(hundredths: i64) -> i64 {
    hundredths / 100 + i64::from(hundredths % 100 >= 50)
}

fn grouped(number: i64, mark: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str(mark);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(amount: &str, currency: &str) -> Result<Money, Failure> {
        Money::read(&Number::Text(amount.to_owned()), currency)
    }

    #[test]
    fn amounts_are_counted_in_the_smallest_unit() {
        for (amount, currency, units) in [
            ("30", "EUR", 3_000),
            (" 12.345 ", "USD", 1_235),
            // As binary fractions have it, and as Typebot rounds.
            ("1.005", "USD", 100),
            ("0.285", "USD", 28),
            ("1e2", "USD", 10_000),
            ("500", "JPY", 500),
            ("500.5", "KRW", 501),
            ("1000", "UGX", 1_000),
        ] {
            let money = read(amount, currency).expect("it is an amount");
            assert_eq!(money.units, units, "{amount} {currency}");
        }
        let number = Money::read(&Number::Value(9.99), "USD").expect("it is an amount");
        assert_eq!(number.units, 999);
    }

    #[test]
    fn what_is_no_amount_is_told_to_the_builder() {
        for (amount, currency, says) in [
            ("abc", "EUR", "“abc” is not a number"),
            ("12,50", "EUR", "with a decimal point"),
            ("", "EUR", "The amount is empty"),
            ("0", "EUR", "more than zero"),
            ("-5", "EUR", "more than zero"),
            ("0.001", "EUR", "more than zero"),
            ("1e300", "EUR", "cannot be paid"),
            ("inf", "EUR", "is not a number"),
            ("NaN", "EUR", "is not a number"),
            ("5", "EURO", "is no currency"),
            ("5", "KWD", "thousandths"),
        ] {
            let refused = read(amount, currency).expect_err(amount);
            assert!(refused.to_string().contains(says), "{refused}");
        }
        let unset = Money::read(&Number::Unset, "EUR").expect_err("nothing was written");
        assert!(matches!(unset, Failure::InvalidOptions(_)));
    }

    #[test]
    fn amounts_are_written_as_typebot_writes_them() {
        for (amount, currency, label) in [
            ("1234567.5", "USD", "$1,234,567.50"),
            ("1234.5", "EUR", "1\u{202f}234,50\u{a0}€"),
            ("10", "EUR", "10,00\u{a0}€"),
            ("0.5", "GBP", "£0.50"),
            ("1234.5", "JPY", "¥1,235"),
            ("1234.5", "CHF", "CHF\u{a0}1,234.50"),
            ("1234.5", "HUF", "HUF\u{a0}1,235"),
            ("1500", "XOF", "F\u{202f}CFA\u{a0}1,500"),
            ("1500", "XPF", "CFPF\u{a0}1,500"),
            ("1500", "BIF", "BIF\u{a0}1,500"),
        ] {
            let money = read(amount, currency).expect("it is an amount");
            assert_eq!(money.label(), label);
        }
    }
}
