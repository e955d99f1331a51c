//! A store that speaks S3, in this process: it checks signatures as any other does.

use axum::Router;
use axum::body::Body;
use axum::error_handling::HandleError;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use s3s::HttpError;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use talkloom_server::Config;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::app::{self, Answer};

const BUCKET: &str = "files";
const PREFIX: &str = "shop/eu";
const ID: &str = "test-id";
const KEY: &str = "test-key-0123456789";

/// The site whose pages may send files.
pub const ORIGIN: &str = "https://chat.example.com";

/// What the store itself cannot do: it answers browsers that ask first.
async fn cors(request: Request<Body>, next: axum::middleware::Next) -> axum::response::Response {
    if request.method() != axum::http::Method::OPTIONS {
        return next.run(request).await;
    }
    let asks = |name: &str, value: &str| request.headers().get(name).is_some_and(|v| v == value);
    if !asks("origin", ORIGIN) || !asks("access-control-request-method", "PUT") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let allowed = [
        ("access-control-allow-origin", ORIGIN),
        ("access-control-allow-methods", "GET, PUT"),
    ];
    (StatusCode::OK, allowed).into_response()
}

/// A store with one empty bucket.
pub struct S3 {
    folder: TempDir,
    url: String,
}

impl S3 {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("the bucket can be made");
        let files = FileSystem::new(folder.path()).expect("the store opens");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ID, KEY));
        let service = HandleError::new(service.build(), |error: HttpError| async move {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}"))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let router = Router::new().fallback_service(service);
        let router = router.layer(axum::middleware::from_fn(cors));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            folder,
            url: format!("http://{address}"),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a server keep its files here.
    pub fn configure(&self, config: &mut Config) {
        let s3 = &mut config.storage.s3;
        s3.bucket = BUCKET.into();
        s3.endpoint = self.url.clone();
        s3.path_style = true;
        s3.prefix = PREFIX.into();
        s3.access_key_id = ID.into();
        s3.secret_access_key = KEY.into();
    }

    /// The same for a process of its own, which finds the keys as the AWS tools do.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TALKLOOM_STORAGE__S3__BUCKET", BUCKET.into()),
            ("TALKLOOM_STORAGE__S3__ENDPOINT", self.url.clone()),
            ("TALKLOOM_STORAGE__S3__PATH_STYLE", "true".into()),
            ("TALKLOOM_STORAGE__S3__PREFIX", PREFIX.into()),
            ("AWS_ACCESS_KEY_ID", ID.into()),
            ("AWS_SECRET_ACCESS_KEY", KEY.into()),
        ]
    }

    /// The names of the objects in the bucket, without what they all begin with.
    pub fn objects(&self) -> Vec<String> {
        let root = self.folder.path().join(BUCKET).join(PREFIX);
        let mut folders = vec![root.clone()];
        let mut objects = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).expect("it is below");
                    objects.push(name.to_string_lossy().into_owned());
                }
            }
        }
        objects.sort();
        objects
    }

    /// Puts an object where it would be, past every check.
    pub fn place(&self, name: &str, content: &[u8]) {
        let path = self.folder.path().join(BUCKET).join(PREFIX).join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        std::fs::write(path, content).expect("the object can be written");
    }
}

/// Sends a request to another server.
pub async fn send(request: Request<Body>) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    app::answer(client.request(request).await.expect("an answer")).await
}
