//! Compiled code on disk. A file is loaded only when its MAC is right: compiled code runs with the
//! host's own rights, so nobody but this host may have written it. The component's file stays the
//! only durable thing; whatever is wrong here, it is compiled anew.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::hmac;
use ring::rand::SystemRandom;
use wasmtime::Engine;
use wasmtime::component::Component;

const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 32;
const PART_BYTES: usize = 64 << 10;

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

    /// The compiled form of a component, where this host compiled it before.
    pub(crate) fn find(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let name = file_name(engine, digest);
        match self.check(&self.folder.join(&name), &name) {
            Ok(file) => match deserialize(engine, &file) {
                Ok(component) => return Some(component),
                Err(error) => tracing::warn!(%digest, %error, "compiled code does not fit"),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%digest, %error, "compiled code is not usable"),
        }
        None
    }

    /// Compiles a component and keeps what comes out.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        digest: &str,
        wasm: &[u8],
    ) -> wasmtime::Result<Component> {
        let name = file_name(engine, digest);
        let path = self.folder.join(&name);
        let component = Component::new(engine, wasm)?;
        if let Err(error) = self.write(&path, &name, &component.serialize()?) {
            tracing::warn!(%digest, %error, "compiled code cannot be kept");
        }
        Ok(component)
    }

    /// Keeps what a compiler made of a component, and loads it.
    pub(crate) fn keep(
        &self,
        engine: &Engine,
        digest: &str,
        code: &[u8],
    ) -> wasmtime::Result<Component> {
        let name = file_name(engine, digest);
        let path = self.folder.join(&name);
        if let Err(error) = self.write(&path, &name, code) {
            tracing::warn!(%digest, %error, "compiled code cannot be kept");
            return deserialize_bytes(engine, code);
        }
        match self.find(engine, digest) {
            Some(component) => Ok(component),
            None => deserialize_bytes(engine, code),
        }
    }

    /// The MAC covers the name too: one component's code never passes for another's.
    fn sign(&self, name: &str) -> hmac::Context {
        let mut signing = hmac::Context::with_key(&self.key);
        signing.update(name.as_bytes());
        signing.update(&[0]);
        signing
    }

    /// Opens a file whose MAC is right. It is read part by part: code is megabytes, and what is
    /// allocated for a moment at the start stays with the process.
    fn check(&self, path: &Path, name: &str) -> io::Result<File> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let Some(mut left) = length.checked_sub(TAG_BYTES as u64) else {
            return Err(io::Error::other("the file is too short"));
        };
        let mut signing = self.sign(name);
        let mut part = vec![0; PART_BYTES];
        while left > 0 {
            let wanted = usize::try_from(left).map_or(PART_BYTES, |left| left.min(PART_BYTES));
            let part = &mut part[..wanted];
            file.read_exact(part)?;
            signing.update(part);
            left -= wanted as u64;
        }
        let mut tag = [0; TAG_BYTES];
        file.read_exact(&mut tag)?;
        // Both under the key once more: the comparison tells nothing of how far they agree.
        let theirs = hmac::sign(&self.key, &tag);
        hmac::verify(&self.key, signing.sign().as_ref(), theirs.as_ref())
            .map_err(|_| io::Error::other("the file was changed"))?;
        Ok(file)
    }

    fn write(&self, path: &Path, name: &str, code: &[u8]) -> io::Result<()> {
        let mut signing = self.sign(name);
        signing.update(code);
        let tag = signing.sign();
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
            File::open(path)?.read_exact(&mut key)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[expect(
    unsafe_code,
    reason = "loading compiled code is unsafe by nature; the MAC says that this host wrote it"
)]
fn deserialize(engine: &Engine, file: &File) -> wasmtime::Result<Component> {
    // The code is mapped from the very file that was checked, whatever its name means by now; the
    // tag at its end belongs to no section. Only what runs is read into memory.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: the file holds what `Component::serialize` gave on this host: its MAC was just
    // checked with a key that only this user can read. This host never changes such a file, it
    // moves another in its place; other users cannot write to it.
    unsafe { Component::deserialize_file(engine, path) }
}

#[expect(
    unsafe_code,
    reason = "loading compiled code is unsafe by nature; a child of this program wrote it to us alone"
)]
fn deserialize_bytes(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: this very program compiled it in a child process, whose only output is a pipe that
    // nobody else holds.
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
        assert!(cache.check(&path, "a").is_ok());
        assert!(cache.check(&path, "b").is_err());
        let other = CompiledCache::open(&folder).unwrap();
        assert!(other.check(&path, "a").is_ok(), "the key is kept");
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(cache.check(&path, "a").is_err());
        fs::write(&path, b"short").unwrap();
        assert!(cache.check(&path, "a").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
