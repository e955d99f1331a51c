//! What scripts can reach.

/// What scripts can reach beyond their arguments.
pub trait World {
    /// Milliseconds since 1970, UTC.
    fn now_ms(&self) -> u64;

    /// Asks another server and gives the text of its answer.
    ///
    /// # Errors
    /// Why there is no answer, in one sentence.
    fn fetch(&self, request: Request) -> Result<String, String>;
}

/// What `fetch` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
}
