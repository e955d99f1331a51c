//! What several kinds of jobs use, made once for each worker.

use anyhow::Result;
use talkloom_blocks::Outbound;

use super::mail::Mailer;
use crate::App;

/// What several kinds of jobs use.
pub struct Tools {
    /// Sends e-mail; none where no mail server is configured.
    pub mailer: Option<Mailer>,
    /// Sends requests to addresses that people gave.
    pub outbound: Outbound,
}

impl Tools {
    pub(super) fn new(app: &App) -> Result<Self> {
        Ok(Self {
            mailer: Mailer::new(&app.config.mail)?,
            outbound: app.blocks.outbound(),
        })
    }
}
