//! The account: how it is connected, and where its requests go.

use std::collections::BTreeMap;

use talkloom_block::Credential;
use talkloom_block::manifest::{CredentialField, CredentialType, Injection, OAuth2, Place};

/// The credential's kind.
pub const CREDENTIAL: &str = "google-sheets";

/// A service, whose address an account may name otherwise: a gateway in between.
pub struct Service {
    field: &'static str,
    label: &'static str,
    address: &'static str,
}

/// Cells.
pub const SHEETS: Service = Service {
    field: "sheetsUrl",
    label: "Address of the Sheets API",
    address: "https://sheets.googleapis.com",
};

/// The list of files.
pub const DRIVE: Service = Service {
    field: "driveUrl",
    label: "Address of the Drive API",
    address: "https://www.googleapis.com",
};

impl Service {
    /// The pattern of its host in the manifest.
    pub fn pattern(&self) -> String {
        format!("{{{}}}", self.field)
    }

    /// Its address for an account, without a slash at the end.
    pub fn url(&self, account: &Credential) -> String {
        let url = account.field(self.field).unwrap_or(self.address);
        url.trim_end_matches('/').to_owned()
    }

    fn field(&self) -> CredentialField {
        CredentialField {
            name: self.field.to_owned(),
            label: self.label.to_owned(),
            help: Some("Another address only where a gateway stands in between.".to_owned()),
            placeholder: None,
            default: Some(self.address.to_owned()),
            secret: false,
            required: false,
        }
    }
}

/// What is asked for when someone connects an account.
pub fn credential() -> CredentialType {
    let asked = [
        "openid",
        "email",
        "https://www.googleapis.com/auth/spreadsheets",
        "https://www.googleapis.com/auth/drive.metadata.readonly",
    ];
    // Without these two there is no refresh token, and access ends after an hour.
    let lasting = [("access_type", "offline"), ("prompt", "consent")];
    CredentialType {
        kind: CREDENTIAL.to_owned(),
        name: "Google account".to_owned(),
        help: Some("The account whose spreadsheets the block reads and writes.".to_owned()),
        fields: vec![SHEETS.field(), DRIVE.field()],
        injections: vec![Injection {
            hosts: vec![SHEETS.pattern(), DRIVE.pattern()],
            place: Place::Header("Authorization".to_owned()),
            template: "Bearer {accessToken}".to_owned(),
        }],
        oauth2: Some(OAuth2 {
            authorize_url: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token_url: "https://oauth2.googleapis.com/token".to_owned(),
            revoke_url: Some("https://oauth2.googleapis.com/revoke".to_owned()),
            user_info_url: Some("https://openidconnect.googleapis.com/v1/userinfo".to_owned()),
            scopes: asked.map(str::to_owned).to_vec(),
            authorize_parameters: lasting
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            pkce: true,
        }),
    }
}
