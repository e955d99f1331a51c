//! Files in a store that speaks S3.
//!
//! Pages send files straight to the store and read them there, each with a signed address, so that
//! no server carries them. Nothing in the bucket is public, and the store's address is never one
//! of ours: what is in a file runs on no origin of this server.

mod connect;
mod cors;
mod remote;
mod transfer;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::presigning::PresigningConfig;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream};
use tokio::sync::OnceCell;

use self::connect::Clients;
use self::remote::{Remote, is_missing};
use super::FileKey;
use super::headers::Safe;
use super::storage::{Listed, OpenFile, ReadPermit, Shown, Storage, StorageError, Upload};
use crate::config::S3Config;
use crate::{Clock, Entropy};

/// A bucket.
pub struct Bucket {
    config: S3Config,
    clients: OnceCell<Clients>,
    clock: Clock,
    entropy: Entropy,
}

impl Bucket {
    /// The bucket that the configuration names. Nothing is asked of it before the first file comes.
    pub fn new(config: &S3Config, clock: &Clock, entropy: &Entropy) -> Self {
        Self {
            config: config.clone(),
            clients: OnceCell::new(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        }
    }

    async fn clients(&self) -> &Clients {
        let connect = || connect::clients(&self.config);
        self.clients.get_or_init(connect).await
    }

    async fn client(&self) -> &aws_sdk_s3::Client {
        &self.clients().await.own
    }

    fn bucket(&self) -> &str {
        &self.config.bucket
    }

    /// What every object's name begins with; empty or with a slash at its end.
    fn prefix(&self) -> String {
        match self.config.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    fn object(&self, key: &FileKey) -> String {
        format!("{}{key}", self.prefix())
    }

    /// A signature's times: it begins now, by the clock that everything else goes by.
    fn signing(&self, ttl: Duration) -> Result<PresigningConfig, StorageError> {
        let now_ms = u64::try_from(self.clock.now_ms()).unwrap_or_default();
        PresigningConfig::builder()
            .start_time(std::time::UNIX_EPOCH + Duration::from_millis(now_ms))
            .expires_in(ttl)
            .build()
            .remote("signed for")
    }

    async fn has_cors(&self) -> Result<Option<bool>, StorageError> {
        let client = self.client().await;
        let asked = client.get_bucket_cors().bucket(self.bucket()).send().await;
        match asked {
            Ok(cors) => Ok(Some(!cors.cors_rules().is_empty())),
            Err(error) => {
                use aws_sdk_s3::error::ProvideErrorMetadata;
                match error.code() {
                    Some("NoSuchCORSConfiguration") => Ok(Some(false)),
                    // Not every store tells, or tells everyone.
                    _ => Ok(None),
                }
            }
        }
    }
}

const NO_CORS: &str = "The bucket has no CORS rules: browsers cannot send files to it. Allow PUT and \
     GET from every origin, with the headers Content-Type and Cache-Control; docs/deploy shows how.";
const UNKNOWN_CORS: &str = "The store does not tell its CORS rules. Browsers need PUT and GET from \
     every origin, with the headers Content-Type and Cache-Control; docs/deploy shows how.";

#[async_trait]
impl Storage for Bucket {
    async fn prepare(&self) -> Result<(), StorageError> {
        let client = self.client().await;
        let head = client.head_bucket().bucket(self.bucket());
        head.send().await.remote("kept").map(drop)
    }

    async fn check(&self) -> Result<Vec<String>, StorageError> {
        let key = FileKey::new(["private", "check"], &self.entropy.id());
        self.put(&key, "text/plain", Body::from("check"), None)
            .await?;
        let size = self.size(&key).await?;
        self.delete(&key).await?;
        let mut told = Vec::new();
        if size != Some(5) {
            told.push("The store does not give back what was written to it.".to_owned());
        }
        Ok(told)
    }

    async fn check_browsers(&self, origins: &[String]) -> Result<Vec<String>, StorageError> {
        if origins.is_empty() {
            return Ok(match self.has_cors().await? {
                Some(true) => Vec::new(),
                Some(false) => vec![NO_CORS.to_owned()],
                None => vec![UNKNOWN_CORS.to_owned()],
            });
        }
        let key = FileKey::new(["private", "check"], &self.entropy.id());
        let upload = Upload {
            file_path: key.to_string(),
            workspace_id: String::new(),
            file_type: "text/plain".to_owned(),
            max_file_size: 5,
            file_size: Some(5),
            expires_at: self.clock.now_ms() + 60_000,
        };
        let address = self.sign_upload("", upload).await?;
        let mut told = Vec::new();
        for origin in origins {
            if let Err(reason) = cors::preflight(&address, origin).await {
                told.push(format!(
                    "Browsers cannot send files from {origin} to the store: {reason}. Allow PUT and \
                     GET from every origin, with the headers Content-Type and Cache-Control; \
                     docs/deploy shows how."
                ));
            }
        }
        Ok(told)
    }

    fn is_direct(&self) -> bool {
        true
    }

    async fn has_room(&self, _bytes: u64) -> Result<bool, StorageError> {
        Ok(true)
    }

    /// The type and the size are signed where the sender said them: another file is refused by the
    /// store. Whatever was not said is looked at when the file is used.
    async fn sign_upload(&self, _base: &str, upload: Upload) -> Result<String, StorageError> {
        let left_ms = upload.expires_at - self.clock.now_ms();
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or_default());
        let object = format!("{}{}", self.prefix(), upload.file_path);
        let file_type = Some(upload.file_type).filter(|kind| !kind.is_empty());
        let size = upload.file_size.and_then(|size| i64::try_from(size).ok());
        let clients = self.clients().await;
        let put = clients.public.put_object().bucket(self.bucket());
        let put = put
            .key(object)
            .set_content_type(file_type)
            .set_content_length(size);
        let signed = put.presigned(self.signing(left)?).await;
        Ok(signed.remote("signed for")?.uri().to_owned())
    }

    async fn verify_upload(&self, _token: &str) -> Result<Option<Upload>, StorageError> {
        Ok(None)
    }

    async fn signed_read(
        &self,
        _base: &str,
        key: &FileKey,
        shown: &Shown,
        ttl: Duration,
    ) -> Result<String, StorageError> {
        let safe = Safe::from(shown);
        let clients = self.clients().await;
        let get = clients.public.get_object().bucket(self.bucket());
        let get = get
            .key(self.object(key))
            .response_content_type(safe.content_type)
            .set_response_content_disposition(safe.disposition)
            .response_cache_control(safe.cache);
        let signed = get.presigned(self.signing(ttl)?).await;
        Ok(signed.remote("signed for")?.uri().to_owned())
    }

    async fn verify_read(&self, _token: &str) -> Result<Option<ReadPermit>, StorageError> {
        Ok(None)
    }

    async fn put(
        &self,
        key: &FileKey,
        media_type: &str,
        content: Body,
        max_bytes: Option<u64>,
    ) -> Result<u64, StorageError> {
        transfer::Target {
            client: self.client().await,
            bucket: self.bucket(),
            object: &self.object(key),
            media_type,
        }
        .write(content, max_bytes)
        .await
    }

    /// Only ever asked where a file is not to be read from the store itself.
    async fn serve(&self, key: &FileKey, request: Request) -> Result<Response, StorageError> {
        let Some(file) = self.open(key).await? else {
            return Ok(axum::http::StatusCode::NOT_FOUND.into_response());
        };
        let content = match *request.method() {
            Method::HEAD => Body::empty(),
            _ => file.content,
        };
        let mut response = Response::new(content);
        let length = HeaderValue::from(file.size);
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        Ok(response)
    }

    async fn open(&self, key: &FileKey) -> Result<Option<OpenFile>, StorageError> {
        let get = self.client().await.get_object().bucket(self.bucket());
        let object = match get.key(self.object(key)).send().await {
            Err(error) if is_missing(&error) => return Ok(None),
            object => object.remote("read")?,
        };
        let size = object.content_length().unwrap_or_default();
        let content = stream::try_unfold(object.body, async |mut body| {
            let part = body.try_next().await.map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(part.map(|part| (part, body)))
        });
        Ok(Some(OpenFile {
            size: u64::try_from(size).unwrap_or_default(),
            content: Body::from_stream(content),
        }))
    }

    async fn size(&self, key: &FileKey) -> Result<Option<u64>, StorageError> {
        let head = self.client().await.head_object().bucket(self.bucket());
        match head.key(self.object(key)).send().await {
            Err(error) if is_missing(&error) => Ok(None),
            about => {
                let size = about.remote("looked at")?.content_length();
                Ok(size.and_then(|size| u64::try_from(size).ok()))
            }
        }
    }

    async fn delete(&self, key: &FileKey) -> Result<(), StorageError> {
        let delete = self.client().await.delete_object().bucket(self.bucket());
        match delete.key(self.object(key)).send().await {
            Err(error) if is_missing(&error) => Ok(()),
            deleted => deleted.remote("deleted").map(drop),
        }
    }

    fn list(&self, folder: &str) -> BoxStream<'_, Result<Listed, StorageError>> {
        let prefix = match folder.trim_matches('/') {
            "" => self.prefix(),
            folder => format!("{}{folder}/", self.prefix()),
        };
        remote::list(self, prefix)
    }
}
