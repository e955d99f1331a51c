//! Actions: exits, values, files, mail.

use talkloom_block::prelude::*;
use talkloom_block::state::{self, Scope};
use talkloom_block::{files, mail};

/// How to leave.
#[options]
pub struct Leave {
    /// The exit.
    #[field(choices = { "dependsOn": ["prefix"] })]
    pub by: Option<String>,
    /// What the exits' names begin with in the list.
    pub prefix: Option<String>,
}

pub fn leave(options: Leave, call: &mut Call) -> Result<(), Failure> {
    if let Some(exit) = &options.by {
        call.leave_by(exit);
    }
    Ok(())
}

pub fn list_exits(options: Leave, call: &mut Call) -> Result<Vec<Choice>, Failure> {
    let prefix = options.prefix.unwrap_or_default();
    let account = call.credential.is_some();
    let exits = ["early", "late"].into_iter();
    let choice = |exit: &str| Choice::new(exit, format!("{prefix}{exit}"));
    let own = account.then(|| Choice::new("own", "Your own"));
    Ok(exits.map(choice).chain(own).collect())
}

/// What to do with a value.
#[options]
pub struct KeepValue {
    /// Its key.
    pub key: String,
    /// The value; none: it is only read.
    pub value: Option<String>,
    /// How many bytes to keep instead.
    pub size: Option<u32>,
    /// Seconds that it is kept.
    pub seconds: Option<u32>,
    /// All conversations share it.
    pub shared: bool,
    /// It is removed.
    pub remove: bool,
    /// Receives what was kept before.
    pub save_in: Option<Variable>,
}

pub fn keep_value(options: KeepValue, call: &mut Call) -> Result<(), Failure> {
    let scope = if options.shared {
        Scope::Workspace
    } else {
        Scope::Conversation
    };
    let before = state::get(scope, &options.key)?;
    if let (Some(variable), Some(before)) = (&options.save_in, before) {
        call.set(variable, String::from_utf8_lossy(&before).into_owned());
    }
    if options.remove {
        state::delete(scope, &options.key)?;
    }
    let value = options.value.map(String::into_bytes);
    let value = value.or_else(|| Some(vec![b'x'; options.size? as usize]));
    match value {
        Some(value) => state::set(scope, &options.key, &value, options.seconds),
        None => Ok(()),
    }
}

/// A file to save.
#[options]
pub struct SaveFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// Receives its address.
    pub save_in: Option<Variable>,
}

pub fn save_file(options: SaveFile, call: &mut Call) -> Result<(), Failure> {
    let address = files::save(&options.name, "text/plain", options.text.as_bytes())?;
    if let Some(variable) = &options.save_in {
        call.set(variable, address);
    }
    Ok(())
}

/// A file to read.
#[options]
pub struct LoadFile {
    /// Its address.
    pub address: String,
    /// Receives its text.
    pub save_in: Option<Variable>,
}

pub fn load_file(options: LoadFile, call: &mut Call) -> Result<(), Failure> {
    let text = files::load(&options.address)?;
    if let Some(variable) = &options.save_in {
        call.set(variable, String::from_utf8_lossy(&text).into_owned());
    }
    Ok(())
}

/// A mail to send.
#[options]
pub struct SendMail {
    /// Who gets it.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// It is sent once for each key.
    pub key: String,
    /// It goes through the credential's server.
    pub own_server: bool,
}

pub fn send_mail(options: SendMail, call: &mut Call) -> Result<(), Failure> {
    let message = mail::Message {
        to: vec![options.to],
        subject: options.subject,
        text: Some(options.text),
        ..mail::Message::default()
    };
    let through = call.credential.as_ref().filter(|_| options.own_server);
    mail::send(message, through, &options.key)
}
