//! The database: reachable, quick, with the schema that this program expects.

use std::time::Duration;

use talkloom_store::Inspection;

use super::{Health, Told, broken, shown};
use crate::Config;
use crate::command::database;

/// A turn asks the database several times: above this each of them is felt.
const SLOW: Duration = Duration::from_millis(20);

pub(super) async fn check(config: &Config) -> Told {
    let found = Inspection::of(&database(config)).await;
    let found = found.map_err(|error| {
        let error = anyhow::Error::from(error);
        broken(
            "The database cannot be used. Check database.url and whether it runs:",
            error,
        )
    })?;
    let Some(found) = found else {
        let told = "The SQLite file is not there yet: talkloom serve makes it.";
        return Ok((Health::Warning, told.into()));
    };
    let (version, took) = (&found.version, shown(found.latency));
    if found.unknown > 0 {
        return Err(format!(
            "{version}: a newer Talkloom has changed the schema ({} steps that this one does not \
             know). Run the newer one.",
            found.unknown
        ));
    }
    if found.pending > 0 {
        let told = format!(
            "{version}: {} steps of the schema are to be taken; the next start takes them. Make a \
             backup before.",
            found.pending
        );
        return Ok((Health::Warning, told));
    }
    if found.latency > SLOW {
        let told = format!("{version} answers in {took}, which visitors feel. Run it closer by.");
        return Ok((Health::Warning, told));
    }
    Ok((
        Health::Ok,
        format!("{version} answers in {took}; the schema is up to date."),
    ))
}
