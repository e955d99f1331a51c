//! What a file may not bring along when it comes in from elsewhere: accounts of other people, links
//! that share it, a telephone number it answers.

use crate::block::{Block, BlockKind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::field::Field;
use crate::flow::Flow;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is known where a file comes in.
#[derive(Debug, Clone, Copy)]
pub struct ImportRules<'r> {
    /// The ids of the credentials that the bot may use.
    pub credentials: &'r BTreeSet<String>,
    /// Whether code that visitors' pages run is marked as not trusted.
    pub enable_safety_flags: bool,
}

/// The account that e-mail falls back to; it is always there.
const DEFAULT_ACCOUNT: &str = "default";

/// Takes out of a bot what it may not bring along, and says what that was.
pub fn sanitize(flow: &mut Flow, rules: ImportRules<'_>) -> Vec<Diagnostic> {
    let mut report = Vec::new();
    settings(flow, &mut report);
    session_variables(flow, &mut report);
    let groups = flow.document.groups.get_mut().into_iter();
    for group in groups
        .flat_map(|groups| &mut groups.0)
        .filter_map(Field::get_mut)
    {
        let id = group.id.text().to_owned();
        let blocks = group.blocks.get_mut().into_iter();
        for block in blocks
            .flat_map(|blocks| &mut blocks.0)
            .filter_map(Field::get_mut)
        {
            credentials(&id, block, rules.credentials, &mut report);
            if rules.enable_safety_flags {
                safety_flag(&id, block, &mut report);
            }
        }
    }
    report
}

fn settings(flow: &mut Flow, report: &mut Vec<Diagnostic>) {
    let Some(settings) = flow.document.settings.get_mut() else {
        return;
    };
    if !std::mem::take(&mut settings.public_share).is_absent() {
        let message = "The link that shared this bot's flow was taken off. Share it anew.";
        report.push(
            Diagnostic::new(Severity::Info, "share_removed", message).field("settings.publicShare"),
        );
    }
    let messenger = settings.extra.get_mut("whatsApp");
    if let Some(enabled) = messenger.and_then(|messenger| messenger.get_mut("isEnabled"))
        && *enabled != json!(false)
    {
        *enabled = json!(false);
        let message = "The bot does not answer messages of a messenger until that is set up here.";
        report.push(
            Diagnostic::new(Severity::Info, "messenger_disabled", message)
                .field("settings.whatsApp.isEnabled"),
        );
    }
}

/// Answers belong into results, transcripts do not.
fn session_variables(flow: &mut Flow, report: &mut Vec<Diagnostic>) {
    let mut answers = BTreeSet::new();
    let mut transcripts = BTreeSet::new();
    let groups = flow.document.groups.items();
    for block in groups.flat_map(|group| group.blocks.items()) {
        answers.extend(block.answer_variable().map(str::to_owned));
        if let BlockKind::SetVariable(Field::Value(options)) = &block.kind
            && options.r#type.text() == "Transcript"
        {
            transcripts.extend(options.variable_id.filled().map(str::to_owned));
        }
    }
    let variables = flow.document.variables.get_mut().into_iter();
    for variable in variables
        .flat_map(|variables| &mut variables.0)
        .filter_map(Field::get_mut)
    {
        let id = variable.id.text();
        let wanted = if transcripts.contains(id) {
            true
        } else if answers.contains(id) {
            false
        } else {
            continue;
        };
        if variable.is_session_variable.is_on(false) == wanted {
            continue;
        }
        variable.is_session_variable = Field::Value(wanted);
        let name = variable.name.text();
        let (code, message) = if wanted {
            let message = format!("“{name}” holds a transcript, so results do not keep it.");
            ("variable_for_session", message)
        } else {
            let message = format!("“{name}” receives an answer, so results keep it.");
            ("variable_kept", message)
        };
        let field = format!("variables.{}.isSessionVariable", variable.id.text());
        report.push(Diagnostic::new(Severity::Info, code, message).field(field));
    }
}

fn credentials(
    group: &str,
    block: &mut Block,
    known: &BTreeSet<String>,
    report: &mut Vec<Diagnostic>,
) {
    let id = block.id().to_owned();
    let mut told = |key: &str, message: &str| {
        report.push(
            Diagnostic::new(Severity::Warning, "credentials_removed", message)
                .at(group, &id)
                .field(format!("options.{key}")),
        );
    };
    const CHOOSE: &str =
        "The account that this block used is not one of this workspace. Choose one.";
    let is_mail = block.type_name() == "Email";
    match &mut block.kind {
        BlockKind::Payment(Field::Value(options))
            if names_unknown(options.credentials_id.filled(), known) =>
        {
            options.credentials_id = Field::Absent;
            told("credentialsId", CHOOSE);
        }
        BlockKind::Listener(Field::Value(options)) => {
            // Without its secret the signature stays: then nobody can send there unsigned.
            if let Field::Value(signature) = &mut options.signature
                && names_unknown(signature.credentials_id.filled(), known)
            {
                signature.credentials_id = Field::Absent;
                told("signature.credentialsId", CHOOSE);
            }
        }
        BlockKind::Integration(Field::Value(options)) => {
            for key in ["credentialsId", "proxyCredentialsId"] {
                let named = options.get(key).and_then(Value::as_str);
                let falls_back = is_mail && key == "credentialsId";
                if !names_unknown(named, known) || (falls_back && named == Some(DEFAULT_ACCOUNT)) {
                    continue;
                }
                if falls_back {
                    options[key] = json!(DEFAULT_ACCOUNT);
                    told(
                        key,
                        "The account that sent this mail is not one of this workspace. The server's own sends it now.",
                    );
                } else {
                    options.shift_remove(key);
                    told(key, CHOOSE);
                }
            }
        }
        _ => {}
    }
}

fn names_unknown(id: Option<&str>, known: &BTreeSet<String>) -> bool {
    id.is_some_and(|id| !id.is_empty() && !known.contains(id))
}

fn safety_flag(group: &str, block: &mut Block, report: &mut Vec<Diagnostic>) {
    let id = block.id().to_owned();
    let (flag, is_unsafe) = match &mut block.kind {
        BlockKind::Script(Field::Value(options)) => {
            let is_unsafe = options.is_executed_on_client.is_on(true);
            (&mut options.is_unsafe, is_unsafe)
        }
        BlockKind::SetVariable(Field::Value(options)) => {
            let is_unsafe = options.is_executed_on_client.is_on(false);
            (&mut options.is_unsafe, is_unsafe)
        }
        _ => return,
    };
    let was = flag.get().copied();
    *flag = Field::Value(is_unsafe);
    if is_unsafe && was != Some(true) {
        let message = "Its code runs apart from the page in previews, as it came from elsewhere.";
        report.push(
            Diagnostic::new(Severity::Info, "code_distrusted", message)
                .at(group, &id)
                .field("options.isUnsafe"),
        );
    }
}
