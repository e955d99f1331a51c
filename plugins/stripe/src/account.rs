//! The account: two pairs of keys, of which previews take the second.

use talkloom_block::manifest::{CredentialField, CredentialType, Injection, Place, When};
use talkloom_block::prelude::*;
use talkloom_block::{Credential, http};

/// What documents call the kind of credential.
pub const KIND: &str = "stripe";
/// The public keys, for visitors and for previews.
const LIVE_PUBLIC_KEY: &str = "live.publicKey";
const TEST_PUBLIC_KEY: &str = "test.publicKey";
/// The secrets that messages from Stripe are signed with: each mode has addresses of its own.
pub const WEBHOOK_SECRETS: [&str; 2] = ["live.webhookSecret", "test.webhookSecret"];
const BASE_URL: &str = "https://api.stripe.com";
/// The shapes that this block was written for.
const VERSION: &str = "2024-06-20";

/// The kind of credential.
pub fn credential() -> CredentialType {
    let rule = |field: &str, when: Option<When>| Injection {
        hosts: vec!["{baseUrl}".to_owned()],
        place: Place::Header("Authorization".to_owned()),
        template: format!("Bearer {{{field}}}"),
        when,
    };
    CredentialType {
        kind: KIND.to_owned(),
        name: "Stripe account".to_owned(),
        help: Some("The keys are at https://dashboard.stripe.com/apikeys".to_owned()),
        fields: vec![
            required(field(LIVE_PUBLIC_KEY, "Publishable key", "pk_live_…")),
            required(secret(field("live.secretKey", "Secret key", "sk_live_…"))),
            secret(field(WEBHOOK_SECRETS[0], "Webhook secret", "whsec_…")),
            field(TEST_PUBLIC_KEY, "Publishable key for tests", "pk_test_…"),
            secret(field("test.secretKey", "Secret key for tests", "sk_test_…")),
            secret(field(
                WEBHOOK_SECRETS[1],
                "Webhook secret for tests",
                "whsec_…",
            )),
            CredentialField {
                help: Some("A simulator of Stripe, for tests of your own.".to_owned()),
                default: Some(BASE_URL.to_owned()),
                ..field("baseUrl", "API address", BASE_URL)
            },
        ],
        // Later rules win: a preview takes the test key where there is one.
        injections: vec![
            rule("live.secretKey", None),
            rule("test.secretKey", Some(When::Preview)),
        ],
        oauth2: None,
    }
}

fn field(name: &str, label: &str, placeholder: &str) -> CredentialField {
    CredentialField {
        name: name.to_owned(),
        label: label.to_owned(),
        help: None,
        placeholder: Some(placeholder.to_owned()),
        default: None,
        secret: false,
        required: false,
    }
}

fn secret(field: CredentialField) -> CredentialField {
    CredentialField {
        secret: true,
        ..field
    }
}

fn required(field: CredentialField) -> CredentialField {
    CredentialField {
        required: true,
        ..field
    }
}

/// The account as one call uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    base: String,
    /// The key that the visitor's page shows.
    pub public_key: String,
}

impl Account {
    /// The account that the bot's builder chose, in the mode of the conversation.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(call: &Call) -> Result<Self, Failure> {
        let account = call
            .credential
            .as_ref()
            .ok_or_else(|| Failure::other("Choose a Stripe account in the payment's settings."))?;
        let is_preview = call.context.result.is_none();
        let test = account.field(TEST_PUBLIC_KEY).filter(|_| is_preview);
        let public_key = test.or_else(|| account.field(LIVE_PUBLIC_KEY));
        let public_key = public_key.ok_or_else(|| {
            Failure::other("The Stripe account has no publishable key. Add it to the account.")
        })?;
        Ok(Self {
            base: base(account).to_owned(),
            public_key: public_key.to_owned(),
        })
    }

    /// Refuses a publishable key of another mode than the secret key: the page would fail with it.
    ///
    /// # Errors
    /// When they do not belong together.
    pub fn fits(&self, is_live: bool) -> Result<(), Failure> {
        let wrong = if is_live { "pk_test_" } else { "pk_live_" };
        if self.public_key.starts_with(wrong) {
            return Err(Failure::other(
                "The Stripe account's publishable and secret keys are of different modes. Enter \
                 a test key's pair, or a live key's.",
            ));
        }
        Ok(())
    }

    /// A request to the API; the host adds the key.
    pub fn request(&self, method: &str, path: &str) -> http::Request {
        let url = format!("{}{path}", self.base.trim_end_matches('/'));
        http::Request::new(method, url).header("Stripe-Version", VERSION)
    }
}

fn base(account: &Credential) -> &str {
    account.field("baseUrl").unwrap_or(BASE_URL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(result: Option<&str>, fields: &[(&str, &str)]) -> Call {
        let mut call = Call::default();
        call.context.result = result.map(str::to_owned);
        let fields = fields.iter();
        call.credential = Some(Credential {
            fields: fields
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            ..Credential::default()
        });
        call
    }

    #[test]
    fn previews_take_the_test_key_where_there_is_one() {
        let both = [
            (LIVE_PUBLIC_KEY, "pk_live_1"),
            (TEST_PUBLIC_KEY, "pk_test_1"),
        ];
        let live = [(LIVE_PUBLIC_KEY, "pk_live_1"), (TEST_PUBLIC_KEY, "")];
        for (result, fields, expected) in [
            (Some("r"), &both, "pk_live_1"),
            (None, &both, "pk_test_1"),
            (None, &live, "pk_live_1"),
        ] {
            let account = Account::of(&call(result, fields)).expect("it has a key");
            assert_eq!(account.public_key, expected);
        }
        let missing = Account::of(&Call::default()).expect_err("there is none");
        assert!(missing.to_string().contains("Choose a Stripe account"));
        assert!(Account::of(&call(None, &[])).is_err());
    }

    #[test]
    fn keys_of_different_modes_are_told() {
        let account = Account::of(&call(Some("r"), &[(LIVE_PUBLIC_KEY, "pk_test_1")]));
        let account = account.expect("it has a key");
        assert!(account.fits(false).is_ok());
        assert!(account.fits(true).is_err());
    }
}
