//! E-mail against a mail server.

use message::{header, parts};
use talkloom_server::jobs::kinds::Email;
use talkloom_server::jobs::mail::{Letter, Mailer};
use talkloom_server::jobs::new_job;
use talkloom_server::{App, Clock};
use talkloom_store::JobId;
use talkloom_store::repository::state;

use crate::setting::{NOW_MS, Setting, add, awaited, find};

/// How a message is looked at: headers, and what stands between its parts' marks.
mod message {
    /// The value of a header.
    pub fn header<'m>(message: &'m str, name: &str) -> &'m str {
        let mut lines = message.lines().take_while(|line| !line.is_empty());
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_else(|| panic!("no {name} in {message}"))
    }

    /// The parts' types and texts.
    pub fn parts(message: &str) -> Vec<(&str, &str)> {
        let (_, rest) = message.split_once("boundary=\"").expect("it has parts");
        let (mark, _) = rest.split_once('"').expect("a mark");
        let mark = format!("--{mark}");
        let parts = message.split(&*mark).skip(1);
        let parts = parts.take_while(|part| !part.starts_with("--"));
        let parts = parts.filter_map(|part| part.split_once("\n\n"));
        parts
            .map(|(head, text)| (header(head.trim_start(), "Content-Type"), text.trim()))
            .collect()
    }
}

async fn app(clock: &Clock, smtp: &str) -> (Setting, App) {
    let setting = Setting::new("sqlite");
    let app = setting.app_with(clock, |config| {
        config.mail.smtp_url = smtp.to_owned();
        config.mail.from = "Talkloom <bot@example.com>".to_owned();
    });
    let app = app.await;
    (setting, app)
}

fn letter(to: &str) -> Email {
    Email {
        to: to.to_owned(),
        subject: "Your results".to_owned(),
        text: "They are there.".to_owned(),
        html: Some("<p>They are <b>there</b>.</p>".to_owned()),
    }
}

async fn send(app: &App, email: &Email) -> JobId {
    let job = new_job(email, &app.clock, &app.entropy);
    add(app, std::slice::from_ref(&job)).await;
    job.id
}

/// How a job stands after so many attempts: its state, its failures, what went wrong.
async fn stands(app: &App, id: &JobId, attempts: i64) -> (String, i64, String) {
    awaited("an attempt", async || {
        let job = find(app, id).await;
        let has_ended = [state::WAITING, state::DONE, state::DEAD].contains(&&*job.state);
        let told = job.error.unwrap_or_default();
        (job.attempt >= attempts && has_ended).then_some((job.state, job.failures, told))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_arrives_once_with_both_texts() {
    let smtp = services::Smtp::start().unwrap();
    let (setting, app) = app(&Clock::system(), smtp.url()).await;
    let worker = setting.first_party_worker(&app).await;
    let id = send(&app, &letter("Ada <ada@example.com>")).await;
    assert_eq!(stands(&app, &id, 1).await.0, state::DONE);
    let arrived = smtp.messages().unwrap();
    assert_eq!(arrived.len(), 1);
    let message = arrived[0].replace("\r\n", "\n");
    assert_eq!(
        header(&message, "Message-ID"),
        format!("<{id}@example.com>")
    );
    assert_eq!(header(&message, "Subject"), "Your results");
    assert_eq!(header(&message, "From"), "Talkloom <bot@example.com>");
    assert_eq!(header(&message, "To"), "Ada <ada@example.com>");
    let parts = parts(&message);
    assert!(parts[0].0.starts_with("text/plain"), "{parts:?}");
    assert_eq!(parts[0].1, "They are there.");
    assert!(parts[1].0.starts_with("text/html"), "{parts:?}");
    assert_eq!(parts[1].1, "<p>They are <b>there</b>.</p>");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_message_has_the_same_id() {
    let smtp = services::Smtp::start().unwrap();
    let (_setting, app) = app(&Clock::system(), smtp.url()).await;
    let mailer = Mailer::new(&app.config.mail)
        .unwrap()
        .expect("a mail server");
    let email = letter("ada@example.com");
    for _ in 0..2 {
        let letter = Letter {
            to: &email.to,
            subject: &email.subject,
            text: &email.text,
            html: None,
            id: "cjob",
        };
        mailer.send(&letter).await.unwrap();
    }
    let arrived = smtp.messages().unwrap();
    assert_eq!(arrived.len(), 2);
    for message in &arrived {
        assert_eq!(header(message, "Message-ID"), "<cjob@example.com>");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_are_told_apart() {
    let mut smtp = services::Smtp::start().unwrap();
    let clock = Clock::manual(NOW_MS);
    let (setting, app) = app(&clock, smtp.url()).await;
    let worker = setting.first_party_worker(&app).await;

    let refused = send(&app, &letter("refused@example.com")).await;
    let (stood, failures, told) = stands(&app, &refused, 1).await;
    assert_eq!((stood.as_str(), failures), (state::DEAD, 1));
    assert!(told.contains("No such mailbox here"), "{told}");

    let no_address = send(&app, &letter("nobody")).await;
    let (stood, _, told) = stands(&app, &no_address, 1).await;
    assert_eq!(stood, state::DEAD);
    assert!(told.contains("the address is not valid"), "{told}");

    let later = send(&app, &letter("later@example.com")).await;
    let (stood, failures, told) = stands(&app, &later, 1).await;
    assert_eq!((stood.as_str(), failures), (state::WAITING, 1));
    assert!(told.contains("Come back later"), "{told}");
    clock.advance(5_000);
    assert_eq!(stands(&app, &later, 2).await.0, state::DONE);
    assert_eq!(smtp.messages().unwrap().len(), 1);

    smtp.stop().unwrap();
    let meanwhile = send(&app, &letter("ada@example.com")).await;
    let (stood, failures, _) = stands(&app, &meanwhile, 1).await;
    assert_eq!((stood.as_str(), failures), (state::WAITING, 1));
    smtp.resume().unwrap();
    clock.advance(5_000);
    assert_eq!(stands(&app, &meanwhile, 2).await.0, state::DONE);
    assert_eq!(smtp.messages().unwrap().len(), 2);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_is_never_told() {
    let smtp = services::Smtp::start().unwrap();
    let url = smtp.url().replace("smtp://", "smtp://ada:sesame-open@");
    let (setting, app) = app(&Clock::manual(NOW_MS), &url).await;
    let worker = setting.first_party_worker(&app).await;
    let id = send(&app, &letter("ada@example.com")).await;
    let (stood, failures, told) = stands(&app, &id, 1).await;
    // The server takes no passwords without TLS: the operator mends that, not the sender.
    assert_eq!((stood.as_str(), failures), (state::WAITING, 1), "{told}");
    assert!(told.contains("538"), "{told}");
    for secret in ["sesame", "ada:", "AGFkYQBzZXNhbWUtb3Blbg"] {
        assert!(!told.contains(secret), "{told}");
    }
    worker.stop().await;
}
