//! What the store says: failures, and lists.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::Object;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

use super::Bucket;
use crate::files::storage::{Listed, StorageError};

/// Names what was being done when the store failed.
pub(super) trait Remote<T> {
    fn remote(self, action: &'static str) -> Result<T, StorageError>;
}

impl<T, E: std::error::Error + Send + Sync + 'static> Remote<T> for Result<T, E> {
    fn remote(self, action: &'static str) -> Result<T, StorageError> {
        self.map_err(|error| StorageError::Remote {
            action,
            source: error.into(),
        })
    }
}

/// Whether the store says that there is no such object. An answer to `HEAD` has no body, so that
/// the status alone tells.
pub(super) fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    match error.code() {
        Some(code) => matches!(code, "NoSuchKey" | "NotFound"),
        None => error
            .raw_response()
            .is_some_and(|response| response.status().as_u16() == 404),
    }
}

/// The objects whose names begin with a prefix, a page at a time.
pub(super) fn list(bucket: &Bucket, prefix: String) -> BoxStream<'_, Result<Listed, StorageError>> {
    let pages = async move {
        let listing = bucket.client().await.list_objects_v2();
        let listing = listing.bucket(bucket.bucket()).prefix(prefix);
        let pages = listing.into_paginator().send();
        stream::unfold(pages, async |mut pages| {
            let page = pages.next().await?;
            Some((page.remote("listed"), pages))
        })
    };
    let own = bucket.prefix();
    let objects = stream::once(pages)
        .flatten()
        .map_ok(move |mut page| {
            let objects = page.contents.take().unwrap_or_default();
            let own = own.clone();
            let listed = objects
                .into_iter()
                .filter_map(move |object| listed(object, &own));
            stream::iter(listed.map(Ok))
        })
        .try_flatten();
    Box::pin(objects)
}

fn listed(object: Object, prefix: &str) -> Option<Listed> {
    let path = object.key.as_deref()?.strip_prefix(prefix)?;
    Some(Listed {
        path: path.to_owned(),
        size: u64::try_from(object.size.unwrap_or_default()).unwrap_or_default(),
    })
}
