use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../talkloom.example.toml")
}

fn with_file(text: &str) -> Result<Config> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.toml");
    std::fs::write(&file, text).unwrap();
    let told = Config::read(Some(&file), [].into_iter(), &Overrides::default());
    told.map_err(|error| anyhow!(format!("{error:#}").replace(&*file.to_string_lossy(), "t.toml")))
}

fn refusal(text: &str) -> String {
    with_file(text).unwrap_err().to_string()
}

fn with_variable(name: &str, text: &str) -> Result<Config> {
    let variables = [(name.to_owned(), text.to_owned())].into_iter();
    Config::read(None, variables, &Overrides::default())
}

#[test]
fn the_example_gives_every_option_its_default() {
    let read = Config::read(Some(&example()), [].into_iter(), &Overrides::default()).unwrap();
    assert!(read == Config::default(), "{read:#?}");
}

#[test]
fn the_example_names_every_option_and_explains_it() {
    let text = std::fs::read_to_string(example()).unwrap();
    let (mut section, mut explained) = (String::new(), false);
    let mut named = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = format!("{name}.");
            // A comment above a section says what it is for.
            explained = false;
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some((name, value)) = line.split_once(" = ") {
            let path = format!("{section}{name}");
            assert!(explained || value.contains('#'), "{path} is not explained");
            named.insert(path);
            explained = false;
        } else {
            assert!(line.is_empty(), "what is “{line}”?");
        }
    }
    let known: BTreeSet<_> = options::defaults().into_keys().collect();
    assert_eq!(named, known);
}

#[test]
fn an_unknown_option_is_named_with_the_nearest() {
    for (text, told) in [
        (
            "[chat]\nbody_limit = 1",
            "There is no option chat.body_limit in t.toml. Did you mean chat.body_limit_bytes?",
        ),
        (
            "lissen = \"127.0.0.1:1\"",
            "There is no option lissen in t.toml. Did you mean listen?",
        ),
        (
            "[storage.s4]\nbucket = \"a\"",
            "There is no option storage.s4 in t.toml. Did you mean storage.s3?",
        ),
        (
            "quite_another = 1",
            "There is no option quite_another in t.toml. talkloom.example.toml lists them all.",
        ),
    ] {
        assert_eq!(refusal(text), told);
    }
}

#[test]
fn a_wrong_type_is_told_with_what_was_found() {
    for (text, told) in [
        (
            "[chat]\nidle_s = \"soon\"",
            "chat.idle_s in t.toml takes a whole number, but is “soon”.",
        ),
        (
            "[chat]\nidle_s = -1",
            "chat.idle_s in t.toml takes a whole number, but is -1.",
        ),
        ("log = 7", "log in t.toml takes text, but is 7."),
        (
            "roles = [\"apl\"]",
            "roles.0 in t.toml is “apl”. It may be api, realtime, worker.",
        ),
        (
            "public_urls = \"a\"",
            "public_urls in t.toml takes a list, like [\"a\", \"b\"], but is “a”.",
        ),
        (
            "chat = 3",
            "chat in t.toml takes a section of options, but is 3.",
        ),
        (
            "[limits]\ntrust_forwarded = \"yes\"",
            "limits.trust_forwarded in t.toml takes true or false, but is “yes”.",
        ),
    ] {
        assert_eq!(refusal(text), told);
    }
    let told = refusal("a = 1\nsigning_key = \"canary\nb = 2");
    assert!(
        told.contains("t.toml is not written in TOML (line 2)"),
        "{told}"
    );
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn variables_are_read_as_what_the_option_is() {
    let text = with_variable("TALKLOOM_UPLOADS__SIGNING_KEY", "[123").unwrap();
    assert_eq!(text.uploads.signing_key, "[123");
    let number = with_variable("TALKLOOM_CHAT__IDLE_S", "7").unwrap();
    assert_eq!(number.chat.idle_s, 7);
    let list = with_variable("TALKLOOM_ROLES", "api, worker").unwrap();
    assert_eq!(list.roles.len(), 2);
    let list = with_variable("TALKLOOM_ROLES", "[\"worker\"]").unwrap();
    assert_eq!(list.roles.len(), 1);
    let key = with_variable("TALKLOOM_MASTER_KEY", "1234").unwrap();
    assert_eq!(key.keys.master_key, "1234");
    let told = with_variable("TALKLOOM_LISTEN", "here")
        .unwrap_err()
        .to_string();
    let expected = "listen in the environment takes an address with a port, like 127.0.0.1:3000";
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn a_variable_that_is_nearly_ours_is_refused_and_others_are_not_ours() {
    for name in ["TALKLOOM_CHAT__IDEL_S", "TALKLOOM_CAHT__IDLE_S"] {
        let told = with_variable(name, "7").unwrap_err().to_string();
        assert!(
            told.ends_with("Did you mean TALKLOOM_CHAT__IDLE_S?"),
            "{told}"
        );
    }
    for name in [
        "TALKLOOM_FIXTURES",
        "TALKLOOM_TEST_POSTGRES",
        "TALKLOOM_",
        "TALKLOOM_A__B",
    ] {
        assert!(with_variable(name, "7").is_ok(), "{name}");
    }
}
