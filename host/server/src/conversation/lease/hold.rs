//! A place that only one of several processes has: where Redis is, it knows who.

use std::time::Duration;

use talkloom_store::SessionId;
use tokio::time::Instant;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::scripts::RELEASE;
use super::{HELD, extend, millis};
use crate::App;
use crate::redis::Redis;

/// How long the place is waited for: whoever left it just now gives it back after a moment.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(25);

/// The place, for as long as it lives.
pub(in crate::conversation) struct Hold {
    redis: Redis,
    turns: TaskTracker,
    key: String,
    token: String,
    _extended: AbortOnDropHandle<()>,
}

/// Whether there is a place.
pub(in crate::conversation) enum Held {
    /// It is the caller's.
    Here(Hold),
    /// Another process has it.
    Elsewhere,
    /// Nobody knows: there is no Redis, or it is away.
    Unknown,
}

impl Hold {
    /// Takes the place of a conversation's streamed answer.
    pub(in crate::conversation) async fn of_stream(app: &App, id: &SessionId) -> Held {
        let Some(redis) = &app.redis else {
            return Held::Unknown;
        };
        let key = redis.key(&format!("stream:{id}"));
        let token = format!("{}{}", redis.process(), app.entropy.id());
        let began = Instant::now();
        loop {
            let mut take = ::redis::cmd("SET");
            take.arg(&key).arg(&token).arg("NX");
            take.arg("PX").arg(millis(HELD));
            match redis.command::<Option<String>>(&take).await {
                None => return Held::Unknown,
                Some(Some(_)) => break,
                Some(None) if began.elapsed() > PATIENCE => return Held::Elsewhere,
                Some(None) => tokio::time::sleep(PAUSE).await,
            }
        }
        let extending = extend(redis.clone(), key.clone(), token.clone());
        Held::Here(Self {
            redis: redis.clone(),
            turns: app.turns.clone(),
            key,
            token,
            _extended: AbortOnDropHandle::new(tokio::spawn(extending)),
        })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut release = RELEASE.prepare_invoke();
        // There is no record beside it.
        release.key(&self.key).key(&self.key).arg(&self.token);
        let redis = self.redis.clone();
        self.turns.spawn(async move {
            // What does not arrive ends by itself.
            redis.script::<i64>(&release).await;
        });
    }
}
