//! Compiled code on disk. A file is loaded only when its MAC is right: compiled code runs with the
//! host's own rights, so nobody but this host may have written it. The component's file stays the
//! only durable thing; whatever is wrong here, it is compiled anew.

use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::hmac;
use ring::rand::SystemRandom;
use wasmtime::Engine;
use wasmtime::component::Component;

const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 32;

/// A folder of compiled code and the key that vouches for it.
pub(crate) struct CompiledCache {
    folder: PathBuf,
    key: hmac::Key,
}

impl CompiledCache {
    /// Opens the folder, or makes it, readable by this user alone.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let key = read_or_make_key(&folder.join("key"))?;
        Ok(Self {
            folder: folder.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        })
    }

    /// The compiled form of a component: from disk, or compiled and put there.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        digest: &str,
        wasm: &[u8],
    ) -> wasmtime::Result<Component> {
        let name = file_name(engine, digest);
        let path = self.folder.join(&name);
        match self.read(&path, &name) {
            Ok(code) => match deserialize(engine, &code) {
                Ok(component) => return Ok(component),
                Err(error) => tracing::warn!(%digest, %error, "compiled code does not fit"),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%digest, %error, "compiled code is not usable"),
        }
        let component = Component::new(engine, wasm)?;
        if let Err(error) = self.write(&path, &name, &component.serialize()?) {
            tracing::warn!(%digest, %error, "compiled code cannot be kept");
        }
        Ok(component)
    }

    /// The MAC covers the name too: one component's code never passes for another's.
    fn signed(name: &str, code: &[u8]) -> Vec<u8> {
        [name.as_bytes(), &[0], code].concat()
    }

    fn read(&self, path: &Path, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = fs::read(path)?;
        let Some(length) = bytes.len().checked_sub(TAG_BYTES) else {
            return Err(io::Error::other("the file is too short"));
        };
        let tag = bytes.split_off(length);
        hmac::verify(&self.key, &Self::signed(name, &bytes), &tag)
            .map_err(|_| io::Error::other("the file was changed"))?;
        Ok(bytes)
    }

    fn write(&self, path: &Path, name: &str, code: &[u8]) -> io::Result<()> {
        let tag = hmac::sign(&self.key, &Self::signed(name, code));
        // Other hosts may share the folder: each writes a file of its own and moves it in place.
        let draft = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(code)?;
        file.write_all(tag.as_ref())?;
        drop(file);
        fs::rename(&draft, path)
    }
}

fn file_name(engine: &Engine, digest: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}.bin", hasher.finish())
}

fn read_or_make_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(mut file) => {
            let key = ring::rand::generate::<[u8; KEY_BYTES]>(&SystemRandom::new())
                .map_err(|_| io::Error::other("the system gives no randomness"))?
                .expose();
            file.write_all(&key)?;
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let mut key = [0; KEY_BYTES];
            fs::File::open(path)?.read_exact(&mut key)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[expect(
    unsafe_code,
    reason = "loading compiled code is unsafe by nature; the MAC says that this host wrote it"
)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` is what `Component::serialize` gave on this host: its MAC was just checked
    // with a key that only this user can read.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_or_renamed_file_is_not_loaded() {
        let folder = std::env::temp_dir().join(format!("talkloom-cache-{}", std::process::id()));
        let cache = CompiledCache::open(&folder).unwrap();
        let path = folder.join("a");
        cache.write(&path, "a", b"code").unwrap();
        assert_eq!(cache.read(&path, "a").unwrap(), b"code");
        assert!(cache.read(&path, "b").is_err());
        let other = CompiledCache::open(&folder).unwrap();
        assert_eq!(other.read(&path, "a").unwrap(), b"code", "the key is kept");
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(cache.read(&path, "a").is_err());
        fs::write(&path, b"short").unwrap();
        assert!(cache.read(&path, "a").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
