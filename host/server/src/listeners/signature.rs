//! Whether a request to a listener's address is signed as its options say. What cannot be checked,
//! because something is not set up, is refused like what is forged.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use ring::hmac;
use talkloom_flow::Field;
use talkloom_flow::logic::ListenerSignature;
use talkloom_store::{CredentialId, Owner, WorkspaceId};

use crate::App;
use crate::chat::ChatError;
use crate::credentials::{WEBHOOK_SECRET, WEBHOOK_SECRET_FIELD};

/// How far a sender's clock may differ, in seconds.
const TOLERANCE_S: i64 = 300;
/// The longest id of a message, in bytes.
const LONGEST_ID: usize = 256;
/// What Standard Webhooks puts before its secrets.
const SECRET_PREFIX: &str = "whsec_";
/// The version of signatures that are made with a shared secret.
const SHARED: &str = "v1";
/// Padding may be missing: senders differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a request does not count, as a sentence for whoever sends it.
type Refused = &'static str;

const FORGED: Refused = "The signature does not fit the body. Check the secret, and that the body \
                         is signed exactly as it is sent.";
const NO_SECRET: Refused = "This webhook's secret is not set up. Choose a webhook secret in the \
                            listener's settings.";
const ODD_OPTIONS: Refused = "This webhook's signature is not set up. Choose how it is signed in \
                              the listener's settings.";

/// Checks a request; gives its id where the signature vouches for one.
pub(super) async fn check(
    app: &App,
    workspace: &WorkspaceId,
    signature: &Field<ListenerSignature>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<String>, ChatError> {
    let options = match signature {
        Field::Absent | Field::Null => return Ok(None),
        Field::Value(options) => options,
        Field::Invalid(_) => return Err(ChatError::unsigned(ODD_OPTIONS)),
    };
    let scheme = Scheme::of(options).map_err(ChatError::unsigned)?;
    let secret = secret(app, workspace, options.credentials_id.filled()).await?;
    let secret = secret.ok_or_else(|| ChatError::unsigned(NO_SECRET))?;
    let now_s = app.clock.now_ms().div_euclid(1_000);
    let verified = scheme.verify(secret.expose(), headers, body, now_s);
    verified.map_err(ChatError::unsigned)
}

async fn secret(
    app: &App,
    workspace: &WorkspaceId,
    id: Option<&str>,
) -> Result<Option<talkloom_blocks::Secret>, ChatError> {
    let Some(id) = id else {
        return Ok(None);
    };
    let (owner, id) = (
        Owner::Workspace(workspace.clone()),
        CredentialId(id.to_owned()),
    );
    let fault = |error| ChatError::fault(&error);
    let found = app.vault.find(&owner, &id).await.map_err(fault)?;
    let Some(found) = found.filter(|found| found.kind == WEBHOOK_SECRET) else {
        return Ok(None);
    };
    let mut opened = app.vault.unseal(&owner, found).await.map_err(fault)?;
    Ok(opened.secrets.remove(WEBHOOK_SECRET_FIELD))
}

/// How requests are signed.
#[derive(Debug, PartialEq, Eq)]
enum Scheme<'o> {
    /// As standardwebhooks.com has it: id, time and body, each id once.
    StandardWebhooks,
    /// An HMAC of the body in a header.
    Hmac {
        header: &'o str,
        algorithm: hmac::Algorithm,
        is_hex: bool,
        prefix: &'o str,
    },
}

impl<'o> Scheme<'o> {
    fn of(options: &'o ListenerSignature) -> Result<Self, Refused> {
        match options.r#type.text() {
            "standard-webhooks" => Ok(Self::StandardWebhooks),
            "hmac" => Ok(Self::Hmac {
                header: options.header.filled().unwrap_or("x-signature"),
                algorithm: match options.algorithm.filled().unwrap_or("sha256") {
                    "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                    "sha256" => hmac::HMAC_SHA256,
                    "sha512" => hmac::HMAC_SHA512,
                    _ => return Err(ODD_OPTIONS),
                },
                is_hex: match options.encoding.filled().unwrap_or("hex") {
                    "hex" => true,
                    "base64" => false,
                    _ => return Err(ODD_OPTIONS),
                },
                prefix: options.prefix.text(),
            }),
            _ => Err(ODD_OPTIONS),
        }
    }

    fn verify(
        &self,
        secret: &str,
        headers: &HeaderMap,
        body: &[u8],
        now_s: i64,
    ) -> Result<Option<String>, Refused> {
        match self {
            Self::StandardWebhooks => standard(secret, headers, body, now_s).map(Some),
            Self::Hmac {
                header,
                algorithm,
                is_hex,
                prefix,
            } => {
                let value = only(headers, header)?.ok_or(
                    "The header with the signature is missing. Check its name in the listener's \
                     settings.",
                )?;
                let shown = value.strip_prefix(prefix).ok_or(FORGED)?;
                let shown = if *is_hex {
                    from_hex(shown)
                } else {
                    BASE64.decode(shown).ok()
                };
                let key = hmac::Key::new(*algorithm, secret.as_bytes());
                let fits = shown.is_some_and(|shown| hmac::verify(&key, body, &shown).is_ok());
                if fits { Ok(None) } else { Err(FORGED) }
            }
        }
    }
}

/// Checks id, time and signatures as Standard Webhooks has it; gives the id. The secret may be
/// several, with spaces between them, while it is changed.
fn standard(
    secrets: &str,
    headers: &HeaderMap,
    body: &[u8],
    now_s: i64,
) -> Result<String, Refused> {
    const MISSING: Refused = "The headers webhook-id, webhook-timestamp and webhook-signature are \
                              needed, each once.";
    let header = |name| only(headers, name)?.ok_or(MISSING);
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    let signatures = header("webhook-signature")?;
    if id.len() > LONGEST_ID {
        return Err("The webhook-id is too long.");
    }
    let signed_s: i64 = time
        .parse()
        .map_err(|_| "The webhook-timestamp is not in seconds since 1970.")?;
    if signed_s.abs_diff(now_s) > TOLERANCE_S.unsigned_abs() {
        return Err(
            "The webhook-timestamp is more than five minutes away. Check the sender's clock, and \
             sign each attempt anew.",
        );
    }
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
    let mut keys = Vec::new();
    for secret in secrets.split_whitespace() {
        let secret = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
        let bytes = BASE64.decode(secret).map_err(|_| NO_SECRET)?;
        keys.push(hmac::Key::new(hmac::HMAC_SHA256, &bytes));
    }
    let shown = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix(SHARED)?.strip_prefix(','))
        .filter_map(|signature| BASE64.decode(signature).ok());
    for signature in shown {
        let fits = |key: &hmac::Key| hmac::verify(key, &signed, &signature).is_ok();
        if keys.iter().any(fits) {
            return Ok(id.to_owned());
        }
    }
    Err(FORGED)
}

/// A header that must not come twice; an empty one counts as missing.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err("A header with a signature came twice.");
    }
    let text = first.and_then(|value| value.to_str().ok());
    Ok(text.map(str::trim).filter(|text| !text.is_empty()))
}

/// Reads hexadecimal digits of either case.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = |pair: &[u8]| {
        let [high, low] = pair else { return None };
        u8::try_from(digit(high)? * 16 + digit(low)?).ok()
    };
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests;
