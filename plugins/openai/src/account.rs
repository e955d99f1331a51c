//! The account, and the address that requests go to.

use talkloom_block::Credential;
use talkloom_block::manifest::{CredentialField, CredentialType, Injection, Place};
use talkloom_block::prelude::*;
use talkloom_models::Service;
use talkloom_models::text::filled;

/// What documents call the kind of credential.
pub const KIND: &str = "openai";
const BASE_URL: &str = "https://api.openai.com/v1";
const ADVICE: &str = "The address stands in the block's settings, where the account's key is not \
                      sent: write it into the account's base URL instead.";

/// Where requests go, in old bots; accounts have addresses of their own.
#[options]
pub struct Address {
    /// A server that needs no account, such as one of your own.
    #[field(
        label = "Base URL",
        accordion = "Advanced settings",
        placeholder = "https://models.example.com/v1"
    )]
    pub base_url: Option<String>,
    /// The version that some services want in the address.
    #[field(label = "API version", accordion = "Advanced settings")]
    pub api_version: Option<String>,
}

/// The kind of credential.
pub fn credential() -> CredentialType {
    let rule = |header: &str, template: &str| Injection {
        hosts: vec!["{baseUrl}".to_owned()],
        place: Place::Header(header.to_owned()),
        template: template.to_owned(),
        when: None,
    };
    CredentialType {
        kind: KIND.to_owned(),
        name: "OpenAI account".to_owned(),
        help: Some("Create a key at https://platform.openai.com/account/api-keys".to_owned()),
        fields: vec![
            CredentialField {
                name: "apiKey".to_owned(),
                label: "API key".to_owned(),
                help: None,
                placeholder: Some("sk-…".to_owned()),
                default: None,
                secret: true,
                required: true,
            },
            CredentialField {
                name: "baseUrl".to_owned(),
                label: "Base URL".to_owned(),
                help: Some("Another service that speaks the same protocol.".to_owned()),
                placeholder: None,
                default: Some(BASE_URL.to_owned()),
                secret: false,
                required: false,
            },
        ],
        injections: vec![
            rule("Authorization", "Bearer {apiKey}"),
            // Azure reads the key here.
            rule("api-key", "{apiKey}"),
        ],
        oauth2: None,
    }
}

impl Address {
    /// The service that is asked. An address of the account's own counts before the block's.
    /// Without an account the block must name one: a server of one's own may need no key.
    ///
    /// # Errors
    /// When neither an account nor an address was chosen.
    pub fn service(&self, account: Option<&Credential>) -> Result<Service, Failure> {
        let of_account = account.and_then(|account| account.field("baseUrl"));
        let is_own = |base: &&str| base.trim_end_matches('/') != BASE_URL;
        let of_block = filled(&self.base_url);
        let usual = account.map(|_| BASE_URL);
        let base = of_account.filter(is_own).or(of_block).or(usual);
        let base = base.ok_or_else(|| {
            Failure::other(
                "Choose an OpenAI account in the block's settings, or the address of a server \
                 that needs no key.",
            )
        })?;
        let is_the_blocks = of_block == Some(base) && of_account != Some(base);
        Ok(Service {
            base: base.to_owned(),
            query: filled(&self.api_version).map(|version| format!("api-version={version}")),
            key_advice: (is_the_blocks && account.is_some()).then(|| ADVICE.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(base: &str) -> Credential {
        Credential {
            fields: vec![("baseUrl".to_owned(), base.to_owned())],
            ..Credential::default()
        }
    }

    #[test]
    fn the_accounts_own_address_counts_first() {
        let old = Address {
            base_url: Some("https://old.example/v1".to_owned()),
            api_version: Some("2024-02".to_owned()),
        };
        let none = Address::default();
        let own = Some(account("https://ai.example/v2/"));
        let usual = Some(account(BASE_URL));
        let old_url = "https://old.example/v1/models?api-version=2024-02";
        let table = [
            (
                &old,
                own,
                "https://ai.example/v2/models?api-version=2024-02",
            ),
            (&old, usual.clone(), old_url),
            (&old, None, old_url),
            (&none, usual, "https://api.openai.com/v1/models"),
        ];
        for (address, account, url) in table {
            let service = address.service(account.as_ref()).expect("there is one");
            assert_eq!(service.url("/models"), url);
        }
        assert!(none.service(None).is_err());
    }

    #[test]
    fn a_key_that_was_not_sent_is_explained() {
        let old = Address {
            base_url: Some("https://old.example/v1".to_owned()),
            ..Address::default()
        };
        let advice = |account: Option<&Credential>| old.service(account).expect("one").key_advice;
        assert_eq!(advice(Some(&account(BASE_URL))).as_deref(), Some(ADVICE));
        assert_eq!(advice(Some(&account("https://old.example/v1"))), None);
        assert_eq!(advice(None), None);
    }
}
