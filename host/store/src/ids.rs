//! Ids that carry their kind and sort by time.
//!
//! An id is 24 lower-case letters and digits and begins with a letter, as the chat API's clients
//! expect (they split ids at `-`): one letter, eight digits of time in base 36, and 77 random bits,
//! which nobody guesses.

use std::fmt;

use rand::Rng;
use serde::{Deserialize, Serialize};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const TIME_DIGITS: usize = 8;
const RANDOM_DIGITS: u32 = 15;

/// Draws an id for the given time (milliseconds since 1970, UTC).
pub fn draw(now_ms: i64, random: &mut impl Rng) -> String {
    let mut text = [b'c'; 24];
    write_time(now_ms, &mut text[1..=TIME_DIGITS]);
    // 36^15 values: the bias of reducing 128 random bits is far below one in 2^50.
    let wide = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
    let mut rest = wide % 36u128.pow(RANDOM_DIGITS);
    for place in text[TIME_DIGITS + 1..].iter_mut() {
        *place = digit((rest % 36) as u64);
        rest /= 36;
    }
    text.iter().map(|byte| char::from(*byte)).collect()
}

/// What sorts before all ids that are drawn at a time or later, and after those drawn before.
pub(crate) fn first(time_ms: i64) -> String {
    let mut text = [b'c'; TIME_DIGITS + 1];
    write_time(time_ms, &mut text[1..]);
    text.iter().map(|byte| char::from(*byte)).collect()
}

fn write_time(time_ms: i64, places: &mut [u8]) {
    let mut time = time_ms.unsigned_abs();
    for place in places.iter_mut().rev() {
        *place = digit(time % 36);
        time /= 36;
    }
}

fn digit(value: u64) -> u8 {
    DIGITS[value as usize]
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(sea_orm::DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Draws a fresh id for the given time (milliseconds since 1970, UTC).
            pub fn draw(now_ms: i64, random: &mut impl Rng) -> Self {
                Self(draw(now_ms, random))
            }

            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        // sea-orm asks this of every primary key; ours are never numbers.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id! {
    /// A workspace: the tenant that owns bots.
    WorkspaceId
}
id! {
    /// A job: work that is done beside the conversations.
    JobId
}
id! {
    /// A webhook endpoint: where events are delivered to.
    EndpointId
}
id! {
    /// A bot.
    BotId
}
id! {
    /// A person.
    UserId
}
id! {
    /// A person's sign-in in one browser.
    AuthSessionId
}
id! {
    /// An invitation.
    InvitationId
}
id! {
    /// A folder of bots.
    FolderId
}
id! {
    /// A look that a workspace keeps.
    ThemeTemplateId
}
id! {
    /// An installed block: its component's digest.
    BlockId
}
id! {
    /// A token that a program calls the API with.
    TokenId
}
id! {
    /// A credential: an account elsewhere, with its secrets.
    CredentialId
}
id! {
    /// An immutable version of a bot.
    VersionId
}
id! {
    /// A running conversation.
    SessionId
}
id! {
    /// What a conversation leaves behind.
    ResultId
}

impl Default for WorkspaceId {
    /// The workspace that every installation starts with.
    fn default() -> Self {
        Self(talkloom_migrations::DEFAULT_WORKSPACE.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn ids_are_what_clients_expect() {
        let id = draw(1_767_225_600_000, &mut StdRng::seed_from_u64(1));
        assert_eq!(id.len(), 24);
        assert!(id.starts_with('c'));
        assert!(
            id.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
    }

    #[test]
    fn ids_sort_by_time() {
        let mut random = StdRng::seed_from_u64(2);
        let times = [
            1,
            35,
            36,
            1_767_225_600_000,
            1_767_225_600_001,
            2_700_000_000_000,
        ];
        let ids: Vec<_> = times.iter().map(|t| draw(*t, &mut random)).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(first(1_767_225_600_000) < ids[3]);
        assert!(first(1_767_225_600_001) > ids[3]);
    }
}
