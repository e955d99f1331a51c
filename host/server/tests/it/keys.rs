//! Master keys: where they come from, and that no others will do.

use std::path::Path;

use serde_json::Value;
use talkloom_vault::{MasterKey, Secret};

use crate::process::{run, run_with};
use crate::vault::{Kept, account, fresh_key, home, joined, opened};

fn id_of(key: &Secret) -> String {
    MasterKey::parse(key.expose()).unwrap().id().to_owned()
}

fn refused(data: &Path, arguments: &[&str], keys: &str) -> String {
    let output = run_with(data, arguments, &[("TALKLOOM_MASTER_KEY", keys)]);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn shown(data: &Path, keys: &str) -> Vec<Value> {
    let output = run_with(data, &["keys", "show"], &[("TALKLOOM_MASTER_KEY", keys)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn other_keys_than_the_first_are_refused() {
    for kept in Kept::on_each().await {
        let (right, wrong) = (fresh_key(), fresh_key());
        drop(kept.vault(&[&right]).await.unwrap());
        drop(kept.vault(&[&wrong, &right]).await.unwrap());
        for keys in [&[&wrong][..], &[&wrong, &fresh_key()]] {
            let told = kept.vault(keys).await.err().expect("it is refused");
            let told = told.to_string();
            assert!(told.contains(&id_of(&right)) && told.contains(&id_of(&wrong)));
            assert!(!told.contains(wrong.expose()), "{told}");
        }
        // Neither the variable nor the file: none is made, since the database knows one.
        let told = kept.vault(&[]).await.err().expect("it is refused");
        let told = told.to_string();
        assert!(told.starts_with("The master key is missing"), "{told}");
        assert!(told.contains(&id_of(&right)), "{told}");
    }
}

#[test]
fn a_server_with_another_key_does_not_start() {
    let data = tempfile::tempdir().unwrap();
    let (right, wrong) = (fresh_key(), fresh_key());
    assert_eq!(shown(data.path(), right.expose())[0]["wraps"], 1);
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let told = refused(data.path(), &serve, wrong.expose());
    assert!(told.contains("The master key is not the one"), "{told}");
    assert!(told.contains(&id_of(&right)), "{told}");
    let told = refused(data.path(), &serve, "");
    assert!(told.contains("The master key is missing"), "{told}");
    assert!(!data.path().join("master.key").exists());
    let told = refused(data.path(), &serve, "c2hvcnQ=");
    assert!(told.contains("talkloom keys new"), "{told}");
    assert!(!told.contains("c2hvcnQ="), "{told}");
}

#[test]
fn a_first_start_makes_a_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let shown_first = shown(data.path(), "");
    let file = data.path().join("master.key");
    let key = Secret::new(std::fs::read_to_string(&file).unwrap().trim());
    assert_eq!(shown_first[0]["id"], id_of(&key));
    let mode = |file: &Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(shown(data.path(), ""), shown_first, "it is read again");

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    let told = refused(data.path(), &["keys", "show"], "");
    assert!(told.contains("chmod 600"), "{told}");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&file, "nonsense").unwrap();
    let told = refused(data.path(), &["keys", "show"], "");
    assert!(
        told.contains("from a backup") && !told.contains("nonsense"),
        "{told}"
    );
}

#[test]
fn a_fresh_key_is_printed_and_nothing_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let output = run(data.path(), &["keys", "new"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(MasterKey::parse(&printed).is_ok());
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn an_old_backup_opens_while_the_old_key_is_there() {
    let kept = Kept::on_sqlite().await;
    let (old, new) = (fresh_key(), fresh_key());
    let vault = kept.vault(&[&old]).await.unwrap();
    let id = vault.add(&home(), &account(&[("apiKey", "sk-one")])).await;
    let id = id.unwrap();
    let backup = Kept::on_sqlite().await;
    let database = backup.folder().join("backup.db");
    let file = rusqlite::Connection::open(kept.folder().join("talkloom.db")).unwrap();
    let into = database.to_str().unwrap();
    file.execute("VACUUM INTO ?1", [into]).unwrap();

    let both = joined(&[&new, &old]);
    let rotated = run_with(
        kept.folder(),
        &["keys", "rotate", "--data-keys"],
        &[("TALKLOOM_MASTER_KEY", &both)],
    );
    assert!(rotated.status.success(), "{rotated:?}");
    let vault = kept.vault(&[&new]).await.unwrap();
    assert_eq!(
        opened(&vault, &home(), &id).await.unwrap()["apiKey"],
        "sk-one"
    );
    let ids: Vec<_> = shown(kept.folder(), &both)
        .iter()
        .map(|line| {
            (
                line["id"].as_str().unwrap().to_owned(),
                line["wraps"].clone(),
            )
        })
        .collect();
    assert_eq!(ids, [(id_of(&new), 2.into()), (id_of(&old), 0.into())]);

    // Yesterday's backup comes back.
    let restored = Kept::on_sqlite().await;
    restored.store.close().await;
    for end in ["db-wal", "db-shm"] {
        // They are there only while the file is open.
        let _ = std::fs::remove_file(restored.folder().join("talkloom").with_extension(end));
    }
    std::fs::copy(&database, restored.folder().join("talkloom.db")).unwrap();
    let restored = restored.reopened().await;
    let told = restored.vault(&[&new]).await.err().expect("it is refused");
    assert!(told.to_string().contains(&id_of(&old)), "{told}");
    let vault = restored.vault(&[&new, &old]).await.unwrap();
    assert_eq!(
        opened(&vault, &home(), &id).await.unwrap()["apiKey"],
        "sk-one"
    );
}
