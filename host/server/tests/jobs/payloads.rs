//! The payloads of this release: a later one has to read them.

use talkloom_server::jobs::kinds::{
    Cleanup, CompileBlock, DeliverWebhook, Email, ExportFormat, ExportResults,
};
use talkloom_store::{BotId, EndpointId};

/// What jobs of this release are stored as: a later one has to read it.
#[test]
fn payloads_stay_readable() {
    fn holds<J: talkloom_server::jobs::Job + PartialEq + std::fmt::Debug>(stored: &str, job: &J) {
        let read: J = serde_json::from_str(stored).expect(J::KIND);
        assert_eq!(&read, job, "{}", J::KIND);
        assert_eq!(serde_json::to_string(job).unwrap(), stored, "{}", J::KIND);
    }
    holds(r#""expiry""#, &Cleanup::Expiry);
    holds(r#""retention""#, &Cleanup::Retention);
    holds(r#""jobs""#, &Cleanup::Jobs);
    holds(
        r#"{"digest":"00ff"}"#,
        &CompileBlock {
            digest: "00ff".into(),
        },
    );
    let endpoint = EndpointId("c1".into());
    let body = "{}".to_owned();
    holds(
        r#"{"endpoint":"c1","body":"{}"}"#,
        &DeliverWebhook { endpoint, body },
    );
    let email = Email {
        to: "ada@example.com".into(),
        subject: "Hello".into(),
        text: "Hi".into(),
        html: None,
    };
    holds(
        r#"{"to":"ada@example.com","subject":"Hello","text":"Hi"}"#,
        &email,
    );
    let export = ExportResults {
        bot: BotId("c2".into()),
        format: ExportFormat::Csv,
    };
    holds(r#"{"bot":"c2","format":"csv"}"#, &export);
}
