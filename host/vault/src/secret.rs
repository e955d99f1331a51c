//! Plain values.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A plain value: wiped from memory when dropped; neither printed, copied nor serialised.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into care.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The plain value; whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Gives the value into another's care, without a copy.
    pub fn into_exposed(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// Whether it is this value. Takes as long for a value that differs early as for one that
    /// differs late; only the length shows.
    pub fn is(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn values_are_compared_whole() {
        let secret = Secret::new("value");
        assert!(secret.is("value"));
        for other in ["", "valu", "values", "Value", "valuE"] {
            assert!(!secret.is(other), "{other}");
        }
        assert_eq!(secret.into_exposed(), "value");
    }
}
