//! Replies to inputs: whether one is an answer, and the form in which it is stored.

pub mod date;
pub mod email;
pub mod files;
pub mod number;
pub mod phone;
pub mod rating;
pub mod time;
pub mod url;
