//! What an operator sets reaches the program, and what contradicts itself is refused.

use crate::app::place;
use crate::process::run_with;

fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let data = place();
    let output = run_with(data.path(), arguments, variables);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).expect("it tells text")
}

#[test]
fn variables_of_the_environment_are_read() {
    let elsewhere = [("TALKLOOM_DATABASE__URL", "mysql://127.0.0.1/x")];
    let told = refusal(&["serve"], &elsewhere);
    assert!(
        told.starts_with("database.url has to begin with postgres://"),
        "{told}"
    );
    let told = refusal(&["serve"], &[("TALKLOOM_LISTEN", "here")]);
    assert!(
        told.starts_with("listen in the environment takes an address"),
        "{told}"
    );
    // The command goes as far as its own refusal.
    let of_others = [("TALKLOOM_FIXTURES", "/nowhere"), ("TALKLOOM_", "")];
    let told = refusal(&["export", "nothing"], &of_others);
    assert!(told.starts_with("There is no bot"), "{told}");
}

#[test]
fn the_file_is_read_and_the_environment_wins() {
    let folder = place();
    let file = folder.path().join("talkloom.toml");
    std::fs::write(&file, "[chat]\nbody_limit_bytes = 1\n").unwrap();
    let arguments = ["--config", file.to_str().unwrap(), "export", "nothing"];
    let told = refusal(&arguments, &[]);
    assert!(
        told.starts_with("chat.body_limit_bytes is too small"),
        "{told}"
    );
    let told = refusal(&arguments, &[("TALKLOOM_CHAT__BODY_LIMIT_BYTES", "4096")]);
    assert!(told.starts_with("There is no bot"), "{told}");
    std::fs::write(&file, "[chat]\nbody_limit = 1\n").unwrap();
    let told = refusal(&arguments, &[]);
    assert!(told.contains("body_limit"), "{told}");
}

#[test]
fn a_bucket_that_contradicts_the_rest_is_refused() {
    let bucket = ("TALKLOOM_STORAGE__S3__BUCKET", "files");
    let here = ("TALKLOOM_PUBLIC_URLS", "[\"https://chat.example.com/\"]");
    let same = (
        "TALKLOOM_STORAGE__S3__PUBLIC_ENDPOINT",
        "https://CHAT.example.com/s3",
    );
    let store = ("TALKLOOM_STORAGE__S3__ENDPOINT", "https://s3.example.com");
    let told = refusal(&["serve"], &[bucket, here, store, same]);
    assert!(told.contains("is one of public_urls"), "{told}");
    let half = ("TALKLOOM_STORAGE__S3__ACCESS_KEY_ID", "id");
    let told = refusal(&["serve"], &[bucket, half]);
    assert!(
        told.contains("access_key_id and secret_access_key"),
        "{told}"
    );
    let quota = ("TALKLOOM_STORAGE__QUOTA_MB", "5");
    let told = refusal(&["serve"], &[bucket, quota]);
    assert!(told.starts_with("storage.quota_mb"), "{told}");
}
