//! The canary: a key of the installation's own, which opens with the right master key only.

use anyhow::{Context, Result, bail};
use talkloom_store::repository::{CANARY, NewDataKey};
use talkloom_store::{Repositories, StoreError};
use talkloom_vault::{DataKey, OpenError, Owner};

use super::{Vault, keys};
use crate::Config;

impl Vault {
    /// Refuses master keys that are not the ones that the database's secrets need.
    pub(super) async fn check_canary(&self, config: &Config) -> Result<()> {
        let canary = match self.0.store.reader().data_keys().canary().await? {
            Some(canary) => canary,
            None => {
                self.add_canary().await?;
                let made = self.0.store.reader().data_keys().canary().await?;
                made.context("The canary was stored and is gone.")?
            }
        };
        match self
            .0
            .ring
            .unwrap(&Owner::Installation, CANARY, &canary.wrapped)
        {
            Ok(_) => {}
            Err(OpenError::UnknownKey { id }) => bail!("{}", self.missing(config, &id)),
            Err(reason) => bail!(
                "The database's canary does not open: {reason}. Restore the database from a backup."
            ),
        }
        let wrapping = self.0.store.reader().data_keys().master_keys().await?;
        if let Some((id, _)) = wrapping.iter().find(|(id, _)| !self.0.ring.has(id)) {
            bail!("{}", self.missing(config, id));
        }
        Ok(())
    }

    /// Another process may do so at the same moment: the first counts.
    pub(super) async fn add_canary(&self) -> Result<()> {
        let ring = &self.0.ring;
        let key = DataKey::draw(CANARY)?;
        let new = NewDataKey {
            id: CANARY.to_owned(),
            wrapped: ring.wrap(&Owner::Installation, &key)?,
            master_key_id: ring.newest().to_owned(),
        };
        let tx = self.0.store.begin().await?;
        match tx.data_keys().add_canary(new, self.0.clock.now_ms()).await {
            Err(StoreError::Conflict { .. }) => Ok(()),
            other => {
                other?;
                Ok(tx.commit().await?)
            }
        }
    }

    fn missing(&self, config: &Config, needed: &str) -> String {
        let at_hand: Vec<_> = self.0.ring.ids().collect();
        let (at_hand, file) = (at_hand.join(" and "), keys::file(config));
        format!(
            "The master key is not the one that this database's secrets were sealed with: they \
             need {needed}, at hand is {at_hand}. Set TALKLOOM_MASTER_KEY to the right key, or put \
             the file {} back; while keys are changed both are needed, the newest first, separated \
             by a comma.",
            file.display()
        )
    }
}
