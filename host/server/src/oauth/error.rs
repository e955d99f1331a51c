//! Why nobody could be signed in; each text is one sentence for whoever tried.

use talkloom_store::StoreError;

use crate::credentials::VaultError;

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// No installed block declares the kind.
    #[error("No installed block uses accounts of the kind “{kind}”.")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// The kind's accounts are filled in.
    #[error(
        "Accounts of the kind “{kind}” are not connected by signing in. Add one with talkloom \
         credential add."
    )]
    NoSignIn {
        /// The kind.
        kind: String,
    },
    /// The issuer would not know who asks.
    #[error(
        "The server has no client for “{kind}”. Register one with the service, set \
         oauth.{kind}.client_id and client_secret, and restart."
    )]
    NoClient {
        /// The kind.
        kind: String,
    },
    /// The credential that is to be connected anew is not there.
    #[error("There is no such credential to connect again.")]
    NoCredential,
    /// Nobody began this sign-in, or too long ago.
    #[error("This sign-in is not known here, or it took longer than ten minutes. Begin again.")]
    Unknown,
    /// Another browser began it.
    #[error("This sign-in was begun in another browser. Begin again in this one.")]
    Foreign,
    /// It had its answer already.
    #[error("This sign-in was finished before. If the account is not there, begin again.")]
    Used,
    /// The issuer says that the person did not agree.
    #[error("The service did not let us in: the request was cancelled or refused. Begin again.")]
    Cancelled,
    /// The issuer takes the grant no more.
    #[error("The service takes this sign-in no more.")]
    Refused,
    /// The issuer could not be asked, or answered something else; a sentence.
    #[error("{0}")]
    Issuer(String),
    /// What the manifest or the configuration says cannot be used; a sentence.
    #[error("{0}")]
    Unusable(String),
    /// The vault failed.
    #[error("The tokens could not be sealed or opened.")]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error("The database could not be used.")]
    Store(#[from] StoreError),
}

impl OAuthError {
    /// Nobody outside can do anything about it.
    pub(super) fn is_fault(&self) -> bool {
        matches!(self, Self::Vault(_) | Self::Store(_))
    }
}
