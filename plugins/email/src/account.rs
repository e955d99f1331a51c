//! A mail server of one's own.

use talkloom_block::manifest::{CredentialField, CredentialType};

/// What documents call the kind of credential.
pub const KIND: &str = "smtp";

/// The kind of credential.
pub fn credential() -> CredentialType {
    let field = |name: &str, label: &str| CredentialField {
        name: name.to_owned(),
        label: label.to_owned(),
        help: None,
        placeholder: None,
        default: None,
        secret: false,
        required: false,
    };
    let with_help = |field, help: &str| CredentialField {
        help: Some(help.to_owned()),
        ..field
    };
    CredentialType {
        kind: KIND.to_owned(),
        name: "Mail server".to_owned(),
        help: Some("The server that sends your mail, reached by SMTP.".to_owned()),
        fields: vec![
            CredentialField {
                required: true,
                placeholder: Some("Ada <ada@example.com>".to_owned()),
                ..field("from", "Sender")
            },
            CredentialField {
                required: true,
                placeholder: Some("mail.example.com".to_owned()),
                ..field("host", "Host")
            },
            CredentialField {
                default: Some("587".to_owned()),
                ..field("port", "Port")
            },
            with_help(
                field("tls", "Encryption"),
                "starttls, implicit or none. Empty: implicit on port 465, else starttls.",
            ),
            field("username", "User"),
            CredentialField {
                secret: true,
                ..field("password", "Password")
            },
        ],
        injections: Vec::new(),
        oauth2: None,
    }
}
