//! Block: HTTP request.
