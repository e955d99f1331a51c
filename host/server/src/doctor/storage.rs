//! The storage of files: a small file is written, read and deleted.

use super::{Health, Told, broken};
use crate::files::Files;
use crate::{Clock, Config, Entropy};

pub(super) async fn check(config: &Config) -> Told {
    let is_local = config.storage.s3.bucket.is_empty();
    if is_local && !config.data.exists() {
        let told = "The data folder is not there yet: talkloom serve makes it.";
        return Ok((Health::Warning, told.into()));
    }
    let files = Files::new(config, &Clock::system(), &Entropy::system());
    let tried = files.check().await.map_err(|error| {
        let what = if is_local {
            "Files cannot be kept in the data folder:"
        } else {
            "Files cannot be kept in the bucket. Check storage.s3 and the keys:"
        };
        broken(what, anyhow::Error::from(error))
    })?;
    let origins = &config.public_urls;
    let browsers = files.check_browsers(origins).await.map_err(|error| {
        broken(
            "It cannot be seen what browsers may do:",
            anyhow::Error::from(error),
        )
    })?;
    let told = [tried, browsers].concat();
    if !told.is_empty() {
        return Ok((Health::Warning, told.join(" ")));
    }
    let place = if is_local {
        "the data folder"
    } else {
        "the bucket"
    };
    Ok((
        Health::Ok,
        format!("A file was written to {place}, read and deleted."),
    ))
}
