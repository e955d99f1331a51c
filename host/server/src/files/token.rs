//! Permissions to send and to read files, and other addresses that carry their own proof, signed: `base64url(JSON).base64url(HMAC-SHA256)`.

use std::io::{Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand::Rng;
use ring::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blocking;
use super::storage::{ReadPermit, Upload};
use crate::Entropy;

/// The key's file in the data folder.
const FILE: &str = "uploads.key";
const KEY_BYTES: usize = 32;

/// Signs and checks permissions.
pub(crate) struct Signer(hmac::Key);

impl Signer {
    /// A signer with a key of the operator's choice.
    pub(crate) fn with(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A signer with the operator's key, or with the data folder's own where there is none.
    pub(crate) async fn of(
        configured: &str,
        data: &Path,
        entropy: &Entropy,
    ) -> std::io::Result<Self> {
        if !configured.is_empty() {
            return Ok(Self::with(configured.as_bytes()));
        }
        let (data, entropy) = (data.to_owned(), entropy.clone());
        blocking(move || Self::open(&data, &entropy)).await
    }

    /// A signer with the data folder's own key, which is made where it is missing.
    pub(crate) fn open(data: &Path, entropy: &Entropy) -> std::io::Result<Self> {
        let path = data.join(FILE);
        match read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                make(data, &path, entropy)?;
                read(&path)
            }
            other => other,
        }
        .map(|key| Self::with(&key))
    }

    pub(crate) fn sign<P: Permission>(&self, permission: &P) -> serde_json::Result<String> {
        let payload = BASE64.encode(serde_json::to_vec(permission)?);
        let tag = hmac::sign(&self.0, &signed::<P>(&payload));
        Ok(format!("{payload}.{}", BASE64.encode(tag)))
    }

    /// Reads a permission; none where it is forged or its time has passed.
    pub(crate) fn verify<P: Permission>(&self, token: &str, now_ms: i64) -> Option<P> {
        let (payload, tag) = token.split_once('.')?;
        let tag = BASE64.decode(tag).ok()?;
        hmac::verify(&self.0, &signed::<P>(payload), &tag).ok()?;
        let permission: P = serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()?;
        (now_ms < permission.expires_at()).then_some(permission)
    }
}

/// What can be signed.
pub(crate) trait Permission: Serialize + DeserializeOwned {
    /// Keeps one kind from being taken for another. No payload has a colon.
    const PURPOSE: &'static str;

    /// The last moment.
    fn expires_at(&self) -> i64;
}

impl Permission for Upload {
    const PURPOSE: &'static str = "upload:";

    fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

impl Permission for ReadPermit {
    const PURPOSE: &'static str = "read:";

    fn expires_at(&self) -> i64 {
        self.expires_at
    }
}

fn signed<P: Permission>(payload: &str) -> Vec<u8> {
    [P::PURPOSE.as_bytes(), payload.as_bytes()].concat()
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut key = Vec::with_capacity(KEY_BYTES);
    std::fs::File::open(path)?.read_to_end(&mut key)?;
    if key.len() < KEY_BYTES {
        let reason = format!(
            "{} is cut off: delete it, a new one is made",
            path.display()
        );
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
    }
    Ok(key)
}

/// Readable by the server alone. Another process may make it at the same moment: the first counts.
fn make(data: &Path, path: &Path, entropy: &Entropy) -> std::io::Result<()> {
    let mut key = [0; KEY_BYTES];
    entropy.with(|random| random.fill_bytes(&mut key));
    std::fs::create_dir_all(data)?;
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload() -> Upload {
        Upload {
            file_path: "public/a.png".into(),
            workspace_id: "w".into(),
            file_type: "image/png".into(),
            max_file_size: 10,
            file_size: None,
            expires_at: 1_000,
        }
    }

    #[test]
    fn a_permission_is_read_back_until_its_time_has_passed() {
        let signer = Signer::with(b"a key of the operator's choice");
        let token = signer.sign(&upload()).unwrap();
        assert_eq!(signer.verify(&token, 999), Some(upload()));
        assert_eq!(signer.verify::<Upload>(&token, 1_000), None);
        assert_eq!(signer.verify::<ReadPermit>(&token, 0), None, "another kind");
    }

    #[test]
    fn a_changed_permission_is_none() {
        let signer = Signer::with(b"one");
        let token = signer.sign(&upload()).unwrap();
        assert_eq!(Signer::with(b"two").verify::<Upload>(&token, 0), None);
        let (payload, tag) = token.split_once('.').unwrap();
        let larger = Upload {
            max_file_size: 1 << 40,
            ..upload()
        };
        let forged = BASE64.encode(serde_json::to_vec(&larger).unwrap());
        for forged in [
            format!("{forged}.{tag}"),
            format!("{payload}."),
            format!("{payload}.{}", &tag[1..]),
            payload.to_owned(),
            ".".to_owned(),
            String::new(),
        ] {
            assert_eq!(signer.verify::<Upload>(&forged, 0), None, "{forged}");
        }
    }

    #[test]
    fn the_key_is_made_once_and_for_the_server_alone() {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::open(folder.path(), &Entropy::seeded(1)).unwrap();
        let token = signer.sign(&upload()).unwrap();
        let again = Signer::open(folder.path(), &Entropy::seeded(2)).unwrap();
        assert_eq!(again.verify(&token, 0), Some(upload()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(folder.path().join(FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(Signer::open(folder.path(), &Entropy::seeded(3)).is_err());
    }
}
