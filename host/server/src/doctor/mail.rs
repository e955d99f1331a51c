//! The mail server: greets, encrypts, and lets us in. No mail is sent.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::{Health, Told, broken};
use crate::Config;

const CONNECTING: Duration = Duration::from_secs(10);

pub(super) async fn check(config: &Config) -> Told {
    let url = &config.mail.smtp_url;
    if url.is_empty() {
        return Ok((
            Health::Unused,
            "mail.smtp_url is empty: no mail is sent.".into(),
        ));
    }
    if config
        .mail
        .from
        .parse::<lettre::message::Mailbox>()
        .is_err()
    {
        return Err(
            "mail.from is no address. Write it like Talkloom <talkloom@example.com>.".into(),
        );
    }
    // What is wrong is not repeated: the address holds a password.
    let transport: AsyncSmtpTransport<Tokio1Executor> = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|_| "mail.smtp_url is no address. Write it like smtp://user:password@host:587?tls=required.")?
        .timeout(Some(CONNECTING))
        .build();
    match transport.test_connection().await {
        Ok(true) if url.starts_with("smtp://") && !url.contains("tls=required") => {
            let told = "The mail server lets us in, but encryption is not required. Add \
                        ?tls=required to mail.smtp_url.";
            Ok((Health::Warning, told.into()))
        }
        Ok(true) => Ok((Health::Ok, "The mail server greets and lets us in.".into())),
        Ok(false) => {
            Err("The mail server greets, but takes no commands. Look into its log.".into())
        }
        Err(error) => {
            let what = "The mail server cannot be used. Check mail.smtp_url, user and password:";
            Err(broken(what, anyhow::Error::from(error)))
        }
    }
}
