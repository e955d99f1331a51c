//! Work with a credential's secret fields: the block names a field, the host does the work.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::{hmac, signature};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use talkloom_manifest::PermissionKind;
use wasmtime::Result;

use super::{not_granted, trial};
use crate::Secret;
use crate::bindings::talkloom::block::secrets::Hash;
use crate::bindings::talkloom::block::types::Failure;
use crate::bindings::talkloom::block::{reveal, secrets};
use crate::install::permission_name;
use crate::state::CallState;

type Answer<T> = Result<Result<T, Failure>>;

impl CallState {
    fn secret(&self, field: &str, permission: &PermissionKind) -> Result<Secret, Failure> {
        if !self.installed.may(permission) {
            return Err(not_granted(permission_name(permission)));
        }
        let session = self.session.as_ref().ok_or_else(trial)?;
        session.injector.secret(field).ok_or_else(|| {
            Failure::Denied(format!("The credential has no secret field “{field}”."))
        })
    }
}

impl secrets::Host for CallState {
    fn hmac(&mut self, field: String, algorithm: Hash, data: Vec<u8>) -> Answer<Vec<u8>> {
        let algorithm = match algorithm {
            Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Hash::Sha256 => hmac::HMAC_SHA256,
            Hash::Sha512 => hmac::HMAC_SHA512,
        };
        Ok(self.secret(&field, &PermissionKind::Hmac).map(|secret| {
            let key = hmac::Key::new(algorithm, secret.expose().as_bytes());
            hmac::sign(&key, &data).as_ref().to_vec()
        }))
    }

    fn sign_jwt(&mut self, field: String, header: String, claims: String) -> Answer<String> {
        let secret = self.secret(&field, &PermissionKind::SignJwt);
        Ok(secret.and_then(|secret| sign_jwt(secret.expose(), &header, &claims)))
    }

    fn equals(&mut self, field: String, candidate: Vec<u8>) -> Answer<bool> {
        let secret = self.secret(&field, &PermissionKind::CompareSecret);
        Ok(secret.map(|secret| equals(secret.expose().as_bytes(), &candidate)))
    }
}

impl reveal::Host for CallState {
    fn reveal(&mut self, field: String) -> Answer<String> {
        Ok(self
            .secret(&field, &PermissionKind::Reveal)
            .map(|secret| secret.expose().to_owned()))
    }
}

/// In constant time for any length: MACs under a fresh key are compared, not the values.
fn equals(secret: &[u8], candidate: &[u8]) -> bool {
    let Ok(key) = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()) else {
        return false;
    };
    hmac::verify(&key, candidate, hmac::sign(&key, secret).as_ref()).is_ok()
}

/// RS256 or ES256 where the key is a private key in PEM, by the header's `alg`; else HS256.
fn sign_jwt(secret: &str, header: &str, claims: &str) -> Result<String, Failure> {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let unusable = |sentence: &str| Failure::Denied(sentence.to_owned());
    let parsed: serde_json::Value =
        serde_json::from_str(header).map_err(|_| unusable("The token's header is not JSON."))?;
    let message = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let wrong_key = || unusable("The credential's private key cannot be used. Enter it anew.");
    let random = SystemRandom::new();
    let signature = match parsed["alg"].as_str() {
        Some("HS256") => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
        Some("RS256") => {
            let key =
                PrivatePkcs8KeyDer::from_pem_slice(secret.as_bytes()).map_err(|_| wrong_key())?;
            let key = signature::RsaKeyPair::from_pkcs8(key.secret_pkcs8_der())
                .map_err(|_| wrong_key())?;
            let mut signed = vec![0; key.public().modulus_len()];
            key.sign(
                &signature::RSA_PKCS1_SHA256,
                &random,
                message.as_bytes(),
                &mut signed,
            )
            .map_err(|_| wrong_key())?;
            signed
        }
        Some("ES256") => {
            let key =
                PrivatePkcs8KeyDer::from_pem_slice(secret.as_bytes()).map_err(|_| wrong_key())?;
            let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let key =
                signature::EcdsaKeyPair::from_pkcs8(algorithm, key.secret_pkcs8_der(), &random)
                    .map_err(|_| wrong_key())?;
            let signed = key
                .sign(&random, message.as_bytes())
                .map_err(|_| wrong_key())?;
            signed.as_ref().to_vec()
        }
        _ => return Err(unusable("Tokens are signed with HS256, RS256 or ES256.")),
    };
    Ok(format!("{message}.{}", encode(&signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared_whole() {
        assert!(equals(b"secret", b"secret"));
        assert!(!equals(b"secret", b"secre"));
        assert!(!equals(b"secret", b"Secret"));
    }

    #[test]
    fn a_token_verifies_with_its_key() {
        let token = sign_jwt("key", r#"{"alg":"HS256"}"#, r#"{"sub":"1"}"#).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"key");
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(hmac::verify(&key, message.as_bytes(), &signature).is_ok());
        for (secret, header) in [
            ("key", r#"{"alg":"none"}"#),
            ("key", "{"),
            ("key", r#"{"alg":"RS256"}"#),
            ("key", r#"{"alg":"ES256"}"#),
        ] {
            assert!(sign_jwt(secret, header, "{}").is_err(), "{header}");
        }
    }
}
