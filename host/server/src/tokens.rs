//! API tokens: drawn once, shown once, kept as a digest.

use anyhow::{Result, bail};
use rand::RngExt;
use sha2::{Digest, Sha256};
use talkloom_store::repository::NewApiToken;
use talkloom_store::{ApiToken, Repositories, Store, TokenId, WorkspaceId};

use crate::{Clock, Entropy};

/// What every token begins with, so that people and scanners know one when they see it.
pub const PREFIX: &str = "tlk_";
/// 43 of 62 letters and digits: a little more than 256 bits.
const LENGTH: usize = 43;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LONGEST_NAME: usize = 100;

/// A token as its owner gets to see it, once.
#[derive(Debug)]
pub struct Drawn {
    /// Its id.
    pub id: TokenId,
    /// What is sent in the header `Authorization: Bearer …`.
    pub token: String,
}

/// Makes a token for a workspace.
pub async fn create(
    store: &Store,
    clock: &Clock,
    entropy: &Entropy,
    workspace: &WorkspaceId,
    name: &str,
) -> Result<Drawn> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        bail!("Give the token a name of at most {LONGEST_NAME} letters: what it is used for.");
    }
    let now_ms = clock.now_ms();
    let token = draw(entropy);
    let id = entropy.with(|random| TokenId::draw(now_ms, random));
    let new = NewApiToken {
        id: id.clone(),
        name: name.to_owned(),
        digest: digest(&token),
        user_id: None,
        scopes: None,
        expires_at: None,
    };
    let tx = store.begin().await?;
    tx.api_tokens().add(workspace, new, now_ms).await?;
    tx.commit().await?;
    Ok(Drawn { id, token })
}

/// Removes a token, named by its id or by a name that only one has.
pub async fn revoke(store: &Store, workspace: &WorkspaceId, wanted: &str) -> Result<ApiToken> {
    let tx = store.begin().await?;
    let all = tx.api_tokens().all(workspace).await?;
    let mut named: Vec<_> = all
        .into_iter()
        .filter(|token| token.id.as_str() == wanted || token.name == wanted)
        .collect();
    let Some(token) = named.pop() else {
        bail!("There is no token “{wanted}”. See talkloom token list.");
    };
    if !named.is_empty() {
        bail!("Several tokens are called “{wanted}”. Give the id: see talkloom token list.");
    }
    tx.api_tokens().remove(workspace, &token.id).await?;
    tx.commit().await?;
    Ok(token)
}

/// What is kept of a token.
pub fn digest(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn draw(entropy: &Entropy) -> String {
    entropy.with(|random| {
        let letter = |_| char::from(LETTERS[random.random_range(0..LETTERS.len())]);
        PREFIX.chars().chain((0..LENGTH).map(letter)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{Entropy, LENGTH, PREFIX, digest, draw};

    #[test]
    fn tokens_are_long_and_known_by_their_beginning() {
        let entropy = Entropy::seeded(1);
        let (one, other) = (draw(&entropy), draw(&entropy));
        assert!(one.starts_with(PREFIX), "{one}");
        assert_eq!(one.len(), PREFIX.len() + LENGTH);
        assert_ne!(one, other);
        // 62^43 > 2^256.
        assert!(43.0 * 62f64.log2() >= 256.0);
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
