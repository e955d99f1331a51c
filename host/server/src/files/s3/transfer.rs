//! Writes objects of any size part by part: never more than one part is in memory.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::remote::Remote;
use crate::files::storage::StorageError;

/// The first parts' bytes. The store takes 5 MiB or more.
const PART: usize = 8 << 20;
/// The store takes ten thousand parts: after so many, parts double.
const PARTS_OF_ONE_SIZE: i32 = 2_000;

/// An object to be written.
pub(super) struct Target<'t> {
    pub(super) client: &'t Client,
    pub(super) bucket: &'t str,
    pub(super) object: &'t str,
    pub(super) media_type: &'t str,
}

/// What arrives.
struct Incoming {
    parts: BodyDataStream,
    buffer: BytesMut,
    bytes: u64,
    max_bytes: Option<u64>,
}

impl Incoming {
    /// The next part, full unless it is the last.
    async fn part(&mut self, size: usize) -> Result<Bytes, StorageError> {
        while self.buffer.len() < size {
            let Some(part) = self.parts.next().await else {
                break;
            };
            let part = part.map_err(|_| StorageError::BrokeOff)?;
            self.bytes += part.len() as u64;
            if let Some(limit) = self.max_bytes.filter(|limit| self.bytes > *limit) {
                return Err(StorageError::TooLarge(limit));
            }
            self.buffer.extend_from_slice(&part);
        }
        let size = size.min(self.buffer.len());
        Ok(self.buffer.split_to(size).freeze())
    }
}

impl Target<'_> {
    /// Writes all that arrives, whole or not at all; gives the bytes.
    pub(super) async fn write(
        &self,
        content: Body,
        max_bytes: Option<u64>,
    ) -> Result<u64, StorageError> {
        let mut incoming = Incoming {
            parts: content.into_data_stream(),
            buffer: BytesMut::new(),
            bytes: 0,
            max_bytes,
        };
        let first = incoming.part(PART).await?;
        if first.len() < PART {
            self.write_at_once(first).await?;
        } else {
            self.write_in_parts(first, &mut incoming).await?;
        }
        Ok(incoming.bytes)
    }

    async fn write_at_once(&self, content: Bytes) -> Result<(), StorageError> {
        let put = self.client.put_object().bucket(self.bucket);
        let put = put.key(self.object).content_type(self.media_type);
        let put = put.body(ByteStream::from(content)).send().await;
        put.remote("written").map(drop)
    }

    async fn write_in_parts(
        &self,
        first: Bytes,
        incoming: &mut Incoming,
    ) -> Result<(), StorageError> {
        let create = self.client.create_multipart_upload().bucket(self.bucket);
        let create = create.key(self.object).content_type(self.media_type);
        let created = create.send().await.remote("written")?;
        let upload = created.upload_id().unwrap_or_default();
        let written = self.write_parts(upload, first, incoming).await;
        if written.is_err() {
            let abort = self.client.abort_multipart_upload().bucket(self.bucket);
            let aborted = abort.key(self.object).upload_id(upload).send().await;
            if let Err(error) = aborted {
                tracing::warn!(%error, "parts of a file that broke off stay in the store");
            }
        }
        written
    }

    async fn write_parts(
        &self,
        upload: &str,
        first: Bytes,
        incoming: &mut Incoming,
    ) -> Result<(), StorageError> {
        let mut done = Vec::new();
        let mut part = first;
        let mut number = 1;
        while !part.is_empty() {
            let put = self.client.upload_part().bucket(self.bucket);
            let put = put.key(self.object).upload_id(upload).part_number(number);
            let put = put.body(ByteStream::from(part)).send().await;
            let put = put.remote("written")?;
            let completed = CompletedPart::builder().part_number(number);
            done.push(completed.set_e_tag(put.e_tag).build());
            part = incoming.part(part_size(number)).await?;
            number += 1;
        }
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(done))
            .build();
        let complete = self.client.complete_multipart_upload().bucket(self.bucket);
        let complete = complete.key(self.object).upload_id(upload);
        let completed = complete.multipart_upload(parts).send().await;
        completed.remote("written").map(drop)
    }
}

/// The bytes of the part after this one: 8 MiB at first, 128 MiB in the end.
fn part_size(number: i32) -> usize {
    PART << (number / PARTS_OF_ONE_SIZE).min(4)
}
