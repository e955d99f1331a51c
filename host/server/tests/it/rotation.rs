//! Keys are changed while servers open and seal, and whoever changes them is killed.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use talkloom_server::credentials::Vault;
use talkloom_store::{CredentialId, Owner, Repositories, UserId};

use crate::process::program;
use crate::vault::{Kept, account, fresh_key, home, joined, opened};

const KILLS: usize = 16;
/// Some end before they are killed.
const MOST_ROUNDS: usize = 100;
const CREDENTIALS: usize = 200;
/// 100 in a second.
const PACE: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(120);

type Known = BTreeMap<(OwnerName, CredentialId), String>;
type OwnerName = String;

/// `talkloom keys rotate --data-keys` in a process of its own.
struct Rotation {
    child: Child,
    printed: Receiver<String>,
}

impl Rotation {
    fn start(kept: &Kept, keys: &str) -> Self {
        let mut child = program(kept.folder())
            .args(["keys", "rotate", "--data-keys"])
            .env("TALKLOOM_MASTER_KEY", keys)
            .env("TALKLOOM_DATABASE__URL", &kept.config.database.url)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut output = child.stdout.take().expect("it is piped");
        let (sender, printed) = channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            // A killed program prints nothing.
            let _ = output.read_to_string(&mut text);
            let _ = sender.send(text);
        });
        Self { child, printed }
    }

    /// Kills it unless it has ended within this time.
    fn within(mut self, time: Duration) -> Option<Value> {
        let printed = self.printed.recv_timeout(time);
        // It may have ended.
        let _ = self.child.kill();
        self.child.wait().expect("it has ended");
        serde_json::from_str(&printed.ok()?).ok()
    }
}

fn owner_of(name: &str) -> Owner {
    match name {
        "" => home(),
        user => Owner::User(UserId(user.to_owned())),
    }
}

async fn add(vault: &Vault, known: &mut Known, random: &mut StdRng) {
    let owner = ["", "u1", "u2"][random.random_range(0..3)];
    let secret = format!("sk-{}", random.random::<u64>());
    let new = account(&[("apiKey", &secret)]);
    let id = vault.add(&owner_of(owner), &new).await.expect("it is kept");
    known.insert((owner.to_owned(), id), secret);
}

async fn check(vault: &Vault, (owner, id): &(OwnerName, CredentialId), secret: &str) {
    let opened = opened(vault, &owner_of(owner), id).await;
    let opened = opened.unwrap_or_else(|reason| panic!("{owner} {id}: {reason}"));
    assert_eq!(opened["apiKey"], secret);
}

/// Opens and seals until it is told to stop; gives all that it knows.
async fn load(vault: Vault, mut known: Known, stop: Arc<AtomicBool>, seed: u64) -> (Known, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut pace = tokio::time::interval(PACE);
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        if done % 5 == 0 {
            add(&vault, &mut known, &mut random).await;
        } else {
            let place = random.random_range(0..known.len());
            let (place, secret) = known.iter().nth(place).expect("it is in range");
            check(&vault, place, secret).await;
        }
        done += 1;
    }
    (known, done)
}

async fn rotate_under_load(kept: &Kept, seed: u64) {
    let (one, other) = (fresh_key(), fresh_key());
    let mut random = StdRng::seed_from_u64(seed);
    let vault = kept.vault(&[&one, &other]).await.unwrap();
    for user in ["u1", "u2"] {
        kept.add_user(user).await;
    }
    let mut known = Known::new();
    for _ in 0..CREDENTIALS {
        add(&vault, &mut known, &mut random).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let loading = tokio::spawn(load(vault.clone(), known, stop.clone(), seed));
    let (forth, back) = (joined(&[&one, &other]), joined(&[&other, &one]));
    let killed = tokio::task::block_in_place(|| {
        let began = Instant::now();
        let whole = Rotation::start(kept, &back).within(PATIENCE);
        assert!(whole.expect("it ends")["drawn"].as_u64() >= Some(3));
        let mut usual = began.elapsed();
        let mut killed = 0;
        for round in 0..MOST_ROUNDS {
            let keys = if round % 2 == 0 { &forth } else { &back };
            let moment = usual.mul_f64(random.random_range(0.0..1.0));
            let began = Instant::now();
            match Rotation::start(kept, keys).within(moment) {
                Some(_) => usual = began.elapsed(),
                None => killed += 1,
            }
            if killed == KILLS {
                break;
            }
        }
        killed
    });
    assert_eq!(killed, KILLS);
    tokio::task::block_in_place(|| {
        let last = Rotation::start(kept, &forth)
            .within(PATIENCE)
            .expect("it ends");
        assert_eq!(last["unreadable"], serde_json::json!([]));
    });
    stop.store(true, Ordering::Relaxed);
    let (known, done) = loading.await.expect("every open and seal went well");
    assert!(done > KILLS, "{done}");

    // One more, with nothing going on: after it the other key is not needed, nor an old data key.
    vault.rotate(true).await.unwrap();
    let after = kept.vault(&[&one]).await.expect("the other is not needed");
    for (place, secret) in &known {
        check(&after, place, secret).await;
        check(&vault, place, secret).await;
    }
    let wrapping = kept.store.reader().data_keys().master_keys().await.unwrap();
    assert_eq!(wrapping.len(), 1);
    assert_eq!(wrapping[0].1, 4, "three owners and the canary");
    println!(
        "{} credentials, {done} opens and seals, {killed} killed",
        known.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_becomes_unreadable_on_sqlite() {
    rotate_under_load(&Kept::on_sqlite().await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_becomes_unreadable_on_postgresql() {
    let [_, kept] = Kept::on_each().await;
    rotate_under_load(&kept, 2).await;
}
