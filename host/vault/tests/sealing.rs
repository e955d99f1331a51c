//! What is sealed opens in its place, with its key, as it was written; else an error says why.

use proptest::prelude::*;
use talkloom_vault::{
    Binding, DataKey, KeyError, KeyRing, MasterKey, OpenError, Owner, Secret, key_id,
};

const PLACE: Binding<'static> = Binding {
    owner: Owner::Workspace("w1"),
    credential: "c1",
    field: "apiKey",
};

fn ring(keys: &[&Secret]) -> KeyRing {
    let texts: Vec<_> = keys.iter().map(|key| key.expose()).collect();
    KeyRing::parse(&texts.join(",")).unwrap()
}

fn why<T>(opened: Result<T, OpenError>) -> OpenError {
    opened.err().expect("it does not open")
}

#[test]
fn every_flipped_bit_is_seen() {
    let key = DataKey::draw("k1").unwrap();
    let sealed = key.seal(&PLACE, &Secret::new("a secret")).unwrap();
    assert_eq!(key_id(&sealed), Ok("k1"));
    assert!(key.open(&PLACE, &sealed).unwrap().is("a secret"));
    let mut refused = 0;
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            // What is no text cannot come out of a column of texts.
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(key.open(&PLACE, &changed).is_err(), "{place} {bit}");
            refused += 1;
        }
    }
    assert_eq!(refused, sealed.len() * 7);
}

#[test]
fn every_bit_of_nonce_and_ciphertext_counts() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let key = DataKey::draw("k1").unwrap();
    let sealed = key.seal(&PLACE, &Secret::new("a secret")).unwrap();
    let parts: Vec<_> = sealed.split('.').collect();
    for part in [2, 3] {
        let bytes = BASE64.decode(parts[part]).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = BASE64.encode(changed);
            let mut parts = parts.clone();
            parts[part] = &changed;
            let opened = key.open(&PLACE, &parts.join("."));
            assert_eq!(why(opened), OpenError::Forged, "{part} {bit}");
        }
    }
}

#[test]
fn what_is_cut_off_or_extended_has_a_reason() {
    let key = DataKey::draw("k1").unwrap();
    let sealed = key.seal(&PLACE, &Secret::new("a secret")).unwrap();
    for end in 0..sealed.len() {
        let reason = why(key.open(&PLACE, &sealed[..end]));
        let expected = [
            OpenError::Truncated,
            OpenError::Forged,
            OpenError::UnknownKey { id: "k".into() },
        ];
        assert!(expected.contains(&reason), "{end}: {reason}");
    }
    for end in ["A", "AAAA", ".", ".AAAA", "=", " ", "\0", "ü"] {
        let reason = why(key.open(&PLACE, &format!("{sealed}{end}")));
        let expected = [OpenError::Truncated, OpenError::Forged];
        assert!(expected.contains(&reason), "{end:?}: {reason}");
    }
    for (text, reason) in [
        (String::new(), OpenError::Truncated),
        ("v1".into(), OpenError::Truncated),
        ("v1...".into(), OpenError::Truncated),
        ("v1.k1..".into(), OpenError::Truncated),
        (sealed.replacen("v1", "v2", 1), OpenError::UnknownVersion),
        (sealed.replacen("v1", "", 1), OpenError::UnknownVersion),
        (sealed.replacen("v1", "V1", 1), OpenError::UnknownVersion),
        (
            sealed.replacen("k1", "k2", 1),
            OpenError::UnknownKey { id: "k2".into() },
        ),
    ] {
        assert_eq!(why(key.open(&PLACE, &text)), reason, "{text}");
    }
}

#[test]
fn a_value_opens_in_its_place_only() {
    let key = DataKey::draw("k1").unwrap();
    let sealed = key.seal(&PLACE, &Secret::new("a secret")).unwrap();
    let elsewhere = [
        Binding {
            field: "other",
            ..PLACE
        },
        Binding {
            credential: "c2",
            ..PLACE
        },
        Binding {
            owner: Owner::Workspace("w2"),
            ..PLACE
        },
        Binding {
            owner: Owner::User("w1"),
            ..PLACE
        },
        Binding {
            credential: "c1a",
            field: "piKey",
            ..PLACE
        },
        Binding {
            credential: "",
            field: "c1apiKey",
            ..PLACE
        },
    ];
    for place in elsewhere {
        assert_eq!(
            why(key.open(&place, &sealed)),
            OpenError::Forged,
            "{place:?}"
        );
    }
    // Another key of the same name.
    let other = DataKey::draw("k1").unwrap();
    assert_eq!(why(other.open(&PLACE, &sealed)), OpenError::Forged);
}

#[test]
fn data_keys_are_wrapped_with_the_newest_and_unwrapped_with_any() {
    let (old, new) = (MasterKey::draw().unwrap(), MasterKey::draw().unwrap());
    let owner = Owner::Workspace("w1");
    let before = ring(&[&old]);
    let key = DataKey::draw("k1").unwrap();
    let sealed = key.seal(&PLACE, &Secret::new("a secret")).unwrap();
    let wrapped = before.wrap(&owner, &key).unwrap();
    assert_eq!(key_id(&wrapped), Ok(before.newest()));

    let both = ring(&[&new, &old]);
    assert_ne!(both.newest(), before.newest());
    assert!(both.has(before.newest()));
    let unwrapped = both.unwrap(&owner, "k1", &wrapped).unwrap();
    assert!(unwrapped.open(&PLACE, &sealed).unwrap().is("a secret"));
    let again = both.wrap(&owner, &unwrapped).unwrap();

    let after = ring(&[&new]);
    assert!(after.unwrap(&owner, "k1", &again).is_ok());
    let id = before.newest().to_owned();
    let reason = why(after.unwrap(&owner, "k1", &wrapped));
    assert_eq!(reason, OpenError::UnknownKey { id });
}

#[test]
fn a_data_key_belongs_to_its_owner_and_its_id() {
    let ring = ring(&[&MasterKey::draw().unwrap()]);
    let key = DataKey::draw("k1").unwrap();
    let wrapped = ring.wrap(&Owner::Workspace("w1"), &key).unwrap();
    for (owner, id) in [
        (Owner::Workspace("w2"), "k1"),
        (Owner::User("w1"), "k1"),
        (Owner::Installation, "k1"),
        (Owner::Workspace("w1"), "k2"),
    ] {
        let opened = ring.unwrap(&owner, id, &wrapped);
        assert_eq!(why(opened), OpenError::Forged, "{owner:?} {id}");
    }
    for end in 0..wrapped.len() {
        assert!(
            ring.unwrap(&Owner::Workspace("w1"), "k1", &wrapped[..end])
                .is_err()
        );
    }
    // A sealed value is no wrapped key, and the other way round.
    let sealed = key.seal(&PLACE, &Secret::new("x".repeat(32))).unwrap();
    assert!(ring.unwrap(&Owner::Workspace("w1"), "k1", &sealed).is_err());
    assert!(key.open(&PLACE, &wrapped).is_err());
}

#[test]
fn a_ring_needs_keys_that_are_keys() {
    let key = MasterKey::draw().unwrap();
    for (text, reason) in [
        (String::new(), KeyError::Missing),
        (" , \n".into(), KeyError::Missing),
        ("abc".into(), KeyError::Shape),
        (format!("{},abc", key.expose()), KeyError::Shape),
    ] {
        assert_eq!(KeyRing::parse(&text).err(), Some(reason), "{text}");
    }
    let twice = KeyRing::parse(&format!("{}\n{}", key.expose(), key.expose()));
    assert!(matches!(twice.err(), Some(KeyError::Twice { .. })));
}

/// What was sealed once has to open in every release to come.
#[test]
fn what_the_first_release_sealed_opens() {
    const MASTER: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    const WRAPPED: &str = "v1.2174e12947ed4681.kY_eUlPwHSOBbcXvAc46e1aGfl8MqVn-.\
                           9huh55gVlqWLzr0EnuS-z1bRRE6jw3c-EYEC3aDfmbsTF6ZP1WR4iQwlgT3ldy29";
    const SEALED: &str =
        "v1.ckey.TqcSb1SuCmbugzxKhx1eaIRLwrl_dyO7.Ogy0bMSIu_kBJnI6cbYWLdhaWUYNOsBc";
    let ring = KeyRing::parse(MASTER).unwrap();
    let key = ring.unwrap(&PLACE.owner, "ckey", WRAPPED).unwrap();
    assert!(key.open(&PLACE, SEALED).unwrap().is("a secret"));
}

proptest! {
    #[test]
    fn whatever_is_sealed_comes_back(value in ".*", owner in ".*", credential in ".*", field in ".*") {
        let key = DataKey::draw("k1").unwrap();
        let place = Binding { owner: Owner::User(&owner), credential: &credential, field: &field };
        let sealed = key.seal(&place, &Secret::new(value.as_str())).unwrap();
        prop_assert!(key.open(&place, &sealed).unwrap().is(&value));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(v[0-9])?\\.?(k1)?\\.?[A-Za-z0-9_.-]{0,80}|.*") {
        let key = DataKey::draw("k1").unwrap();
        prop_assert!(key.open(&PLACE, &text).is_err());
        prop_assert!(ring(&[&MasterKey::draw().unwrap()]).unwrap(&PLACE.owner, "k1", &text).is_err());
        let _ = key_id(&text);
        let _ = MasterKey::parse(&text);
    }
}
