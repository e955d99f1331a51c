//! The command line.

mod backup;
mod blocks;
mod compile;
mod config;
mod connect;
mod credential;
mod doctor;
mod export;
mod export_results;
mod import;
mod jobs;
mod keys;
mod migrate;
mod replay;
mod serve;
mod test;
mod token;
mod webhooks;

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use talkloom_store::{Database, Store, StoreOptions};

use crate::Config;
use crate::config::{Overrides, Role};

/// A self-hosted chatbot and form builder.
#[derive(Debug, Parser)]
#[command(name = "talkloom", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Common {
    /// The folder of the database, files and caches [default: data].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A configuration file; `talkloom.example.toml` lists the options.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        /// Where to listen [default: 127.0.0.1:3000].
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// What this process does: api, realtime, worker, separated by commas [default: all].
        #[arg(long, value_name = "ROLES", value_delimiter = ',')]
        roles: Option<Vec<Role>>,
    },
    /// Does jobs and answers no visitors: `serve --roles worker`.
    Worker,
    /// Shows, wakes and stops what is done beside the conversations.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Installs blocks, and says what each may do; a running server follows within a second.
    #[command(subcommand)]
    Blocks(blocks::BlocksCommand),
    /// Compiles a component: what a server starts in a process of its own.
    #[command(hide = true)]
    CompileBlock(compile::CompileArgs),
    /// Prints the options in effect, whatever source they come from; secrets are masked.
    Config,
    /// Checks all that a server needs, and says what to do; ends with 1 where something is broken.
    Doctor(doctor::DoctorArgs),
    /// Takes a bot's file in and prints its ids and what is odd about it, as one line of JSON.
    Import(import::ImportArgs),
    /// Prints a bot's file.
    Export {
        /// The bot's id or public id.
        id: String,
    },
    /// Writes a bot's results to a file, as a table or as JSON.
    ExportResults(export_results::ExportResultsArgs),
    /// Writes all data into one archive, also while servers run.
    Backup(backup::BackupArgs),
    /// Takes an archive in, also into the other kind of database.
    Restore(backup::RestoreArgs),
    /// Prints a recorded conversation turn by turn, or compares it with another bot.
    Replay(replay::ReplayArgs),
    /// Runs saved conversations as tests, or saves one.
    Test(test::TestArgs),
    /// Makes, lists and revokes tokens that programs call the API with.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Keeps, connects, lists and removes accounts that blocks use, sealed.
    #[command(subcommand)]
    Credential(credential::CredentialCommand),
    /// Adds, lists, tests and removes programs elsewhere that are told what happens here.
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
    /// Shows, makes and changes the keys that credentials are sealed with.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Brings the database's schema forward, or back; without a word more: forward.
    Migrate {
        #[command(subcommand)]
        command: Option<migrate::MigrateCommand>,
    },
}

impl Cli {
    /// Runs the command; a failure is told in words on the error output.
    pub fn run(self) -> ExitCode {
        match self.try_run() {
            Ok(code) => code,
            Err(error) => {
                eprintln!("{}", sentences(&error));
                ExitCode::from(2)
            }
        }
    }

    fn try_run(self) -> Result<ExitCode> {
        if let Command::CompileBlock(args) = &self.command {
            // Before anything else takes memory or time.
            return compile::compile(args);
        }
        let mut overrides = Overrides {
            data: self.common.data,
            ..Overrides::default()
        };
        if let Command::Serve { listen, roles } = &self.command {
            overrides.listen = *listen;
            overrides.roles.clone_from(roles);
        }
        if let Command::Worker = &self.command {
            overrides.roles = Some(vec![Role::Worker]);
        }
        let config = Config::load(self.common.config.as_deref(), &overrides)?;
        let threads = match self.command {
            Command::Serve { .. } | Command::Worker => tokio::runtime::Builder::new_multi_thread(),
            _ => tokio::runtime::Builder::new_current_thread(),
        }
        .enable_all()
        .build()
        .context("The server's threads could not be started.")?;
        threads.block_on(async {
            match self.command {
                Command::Serve { .. } | Command::Worker => serve::serve(config).await?,
                Command::Jobs(command) => jobs::jobs(&config, command).await?,
                Command::Blocks(command) => blocks::blocks(&config, command).await?,
                Command::CompileBlock(args) => return compile::compile(&args),
                Command::Config => config::config(&config)?,
                Command::Doctor(args) => return doctor::doctor(config, args).await,
                Command::Import(args) => import::import(&config, args).await?,
                Command::Export { id } => export::export(&config, &id).await?,
                Command::ExportResults(args) => {
                    export_results::export_results(&config, args).await?;
                }
                Command::Webhooks(command) => webhooks::webhooks(&config, command).await?,
                Command::Backup(args) => backup::backup(&config, args).await?,
                Command::Restore(args) => backup::restore(&config, args).await?,
                Command::Token(command) => token::token(&config, command).await?,
                Command::Migrate { command } => migrate::migrate(&config, command).await?,
                Command::Credential(command) => credential::credential(&config, command).await?,
                Command::Keys(command) => keys::keys(&config, command).await?,
                Command::Replay(args) => return replay::replay(&config, args).await,
                Command::Test(args) => return test::test(&config, args).await,
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// An error and its causes, without what is said twice.
fn sentences(error: &anyhow::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !told.iter().any(|before| before.contains(&cause)) {
            told.push(cause);
        }
    }
    let causes = told.iter().skip(1).map(|cause| sentence(cause));
    let first = told.first().cloned();
    first
        .into_iter()
        .chain(causes)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a library says, as a sentence: most begin small and end without a stop.
fn sentence(cause: &str) -> String {
    let mut letters = cause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let stop = if cause.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.unwrap_or_default(), letters.as_str())
}

/// Prints a command's output. A reader that has seen enough is no failure.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("The output could not be written.")
        }
        _ => Ok(()),
    }
}

/// The database that the operator chose.
pub(crate) fn database(config: &Config) -> Database {
    match config.database.url.as_str() {
        "" => Database::Sqlite(config.data.join("talkloom.db")),
        url => Database::Postgres(url.to_owned()),
    }
}

pub(crate) async fn open_store(config: &Config) -> Result<Store> {
    let options = StoreOptions {
        max_connections: config.database.max_connections,
    };
    Store::open_with(&database(config), options)
        .await
        .context("The database could not be opened.")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use clap::Parser;

    use super::{Cli, Command, sentences};
    use crate::config::Role;

    #[test]
    fn roles_are_named_on_the_command_line() {
        let roles = |named: &str| {
            let given = Cli::try_parse_from(["talkloom", "serve", "--roles", named]).ok()?;
            match given.command {
                Command::Serve { roles, .. } => roles,
                _ => None,
            }
        };
        assert_eq!(roles("realtime"), Some(vec![Role::Realtime]));
        assert_eq!(roles("api,worker"), Some(vec![Role::Api, Role::Worker]));
        assert_eq!(roles("everything"), None);
    }

    #[test]
    fn causes_become_sentences_and_are_told_once() {
        let error = anyhow!("expected value at line 1")
            .context("It is not JSON.")
            .context("The file bot.json cannot be read. It is not JSON.");
        let told = "The file bot.json cannot be read. It is not JSON. Expected value at line 1.";
        assert_eq!(sentences(&error), told);
    }
}
