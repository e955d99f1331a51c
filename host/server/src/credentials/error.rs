//! Why a credential could not be sealed or opened.

use talkloom_store::StoreError;
use talkloom_vault::{OpenError, SealError};

/// Why a credential could not be sealed or opened. It holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database failed.
    #[error("the credential could not be read or stored")]
    Store(#[from] StoreError),
    /// It could not be sealed.
    #[error("the credential could not be sealed")]
    Seal(#[from] SealError),
    /// A field does not open.
    #[error("the field {field} of the credential does not open")]
    Open {
        /// The field.
        field: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// A data key does not open.
    #[error("the data key {id} does not open")]
    DataKey {
        /// The key's id.
        id: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// A data key is gone.
    #[error("the data key {id} is gone")]
    Gone {
        /// The key's id.
        id: String,
    },
    /// The canary could not be made.
    #[error("the canary could not be made anew")]
    Canary(#[source] anyhow::Error),
    /// Nobody owns it.
    #[error("the credential has no owner")]
    Ownerless,
    /// The public fields are not what was stored.
    #[error("the credential's fields are broken")]
    Fields(#[from] serde_json::Error),
    /// Keys were changed again and again meanwhile.
    #[error("the keys are being changed: try again")]
    Busy,
}
