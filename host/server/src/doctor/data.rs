//! The data folder: there, writable, with room.

use std::io::Write;

use super::{Health, Told, broken};
use crate::Config;

/// Below this a busy day may fill the disk.
const LITTLE_MIB: u64 = 1_024;
/// Below this nothing is sure to be stored.
const NEXT_TO_NOTHING_MIB: u64 = 100;

pub(super) fn check(config: &Config) -> Told {
    let folder = &config.data;
    let shown = folder.display();
    if !folder.exists() {
        let told = format!("The folder {shown} is not there yet: talkloom serve makes it.");
        return Ok((Health::Warning, told));
    }
    // It is deleted when it is dropped.
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(b"a probe")
            .and_then(|()| file.as_file().sync_all())
    });
    if let Err(error) = written {
        let what = format!(
            "The folder {shown} cannot be written to. Give it to the user that runs the server."
        );
        return Err(broken(&what, error));
    }
    let room = rustix::fs::statvfs(folder)
        .map_err(|error| broken(&format!("How much room {shown} has cannot be told."), error))?;
    let mib = (room.f_bavail * room.f_frsize) >> 20;
    if mib < NEXT_TO_NOTHING_MIB {
        return Err(format!(
            "Only {mib} MiB are free at {shown}. Make room now."
        ));
    }
    if mib < LITTLE_MIB {
        let told = format!("Only {mib} MiB are free at {shown}. Make room soon.");
        return Ok((Health::Warning, told));
    }
    Ok((
        Health::Ok,
        format!("{shown} can be written to; {mib} MiB are free."),
    ))
}
