//! Randomness: ids and numbers. Seeded in tests.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Draws what nobody guesses. Cheap to clone: clones share one generator.
#[derive(Debug, Clone)]
pub struct Entropy(Arc<Mutex<StdRng>>);

impl Entropy {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self::from(rand::make_rng::<StdRng>())
    }

    /// The same seed gives the same draws.
    pub fn seeded(seed: u64) -> Self {
        Self::from(StdRng::seed_from_u64(seed))
    }

    fn from(generator: StdRng) -> Self {
        Self(Arc::new(Mutex::new(generator)))
    }

    /// Lends the generator.
    pub fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A uniform number in `[0, 1)`.
    pub fn number(&self) -> f64 {
        self.with(|generator| generator.random())
    }

    /// An unguessable id in the form of cuid2: a letter, then 23 letters and digits.
    pub fn id(&self) -> String {
        const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        self.with(|generator| {
            (0..24)
                .map(|place| {
                    let choices = if place == 0 { 26 } else { 36 };
                    char::from(DIGITS[generator.random_range(0..choices)])
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn ids_have_the_form_that_clients_expect() {
        let entropy = Entropy::seeded(1);
        for _ in 0..100 {
            let id = entropy.id();
            assert_eq!(id.len(), 24, "{id}");
            assert!(
                id.starts_with(|first: char| first.is_ascii_lowercase()),
                "{id}"
            );
        }
    }
}
