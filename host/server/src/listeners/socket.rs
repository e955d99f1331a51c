//! `/parties/main/{resultId}/webhooks` and `/parties/main/{userId}/{typebotId}/webhooks`: a page
//! listens here over a WebSocket, and a program may send here by `POST`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use talkloom_store::{ResultId, SessionId};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::deliver::{News, news};
use super::publish::{self, LARGEST};
use super::room::{Room, room_of};
use super::rooms::Seat;
use crate::App;
use crate::chat::{ApiToken, Caller, ChatError, is_away, read_within};
use crate::config::Role;
use crate::conversation;
use crate::metrics;

/// How often a page is asked whether it is there. The database is looked into as often: without Redis
/// nobody tells of a message that came in through another process.
const PING: Duration = Duration::from_secs(30);
/// Pings that a page may leave unanswered.
const MISSED_PINGS: u32 = 2;
/// How long one connection lasts at most; pages connect again by themselves.
const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);
/// Pages have nothing to say.
const LARGEST_FROM_PAGE: usize = 1 << 10;

pub(super) async fn live(
    State(app): State<App>,
    Path(result): Path<String>,
    request: Asked,
) -> Result<Response, ChatError> {
    request.answer(app, Room::Result(ResultId(result))).await
}

/// A preview's conversation is called after its bot and whoever looks at it.
pub(super) async fn preview(
    State(app): State<App>,
    Path((user, bot)): Path<(String, String)>,
    request: Asked,
) -> Result<Response, ChatError> {
    let session = SessionId(format!("{bot}-{user}"));
    request.answer(app, Room::Preview(session)).await
}

/// What came to a room's address.
pub(super) struct Asked {
    method: Method,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    caller: Caller,
    token: Result<ApiToken, ChatError>,
    body: Body,
}

impl axum::extract::FromRequest<App> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request(
        request: axum::extract::Request,
        app: &App,
    ) -> Result<Self, Self::Rejection> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        Ok(Self {
            caller: Caller::from_request_parts(&mut parts, app).await?,
            token: ApiToken::from_request_parts(&mut parts, app).await,
            method: parts.method.clone(),
            upgrade: WebSocketUpgrade::from_request_parts(&mut parts, app).await,
            body,
        })
    }
}

impl Asked {
    async fn answer(self, app: App, address: Room) -> Result<Response, ChatError> {
        if self.method == Method::POST {
            // The file format's own service lets anyone send here who knows the room. That would
            // let a visitor answer in a program's place: here a token is asked for.
            return receive(&app, &address, &self.token?, self.body).await;
        }
        let Ok(upgrade) = self.upgrade else {
            let text = "Send a message by POST, or listen over a WebSocket.";
            return Ok((StatusCode::METHOD_NOT_ALLOWED, text).into_response());
        };
        if !app.config.roles.contains(&Role::Realtime) {
            return Err(ChatError::elsewhere(
                "This process holds no connections open. Ask one with the role “realtime”.",
            ));
        }
        let room = match address.session(&app).await? {
            Some(session) => {
                let glance = conversation::look_into(&app, session).await?;
                self.caller.may_talk_to(&glance.root)?;
                Some(room_of(&glance.session).to_owned())
            }
            None => None,
        };
        let seat = match room {
            Some(room) => Some(app.rooms.enter(&room).ok_or_else(ChatError::overloaded)?),
            None => None,
        };
        // An idle page holds little more than its socket.
        let upgrade = upgrade
            .max_message_size(LARGEST_FROM_PAGE)
            .max_frame_size(LARGEST_FROM_PAGE)
            .read_buffer_size(LARGEST_FROM_PAGE)
            .write_buffer_size(0);
        // Counted among the turns: the server ends after it.
        let turns = app.turns.clone();
        Ok(upgrade.on_upgrade(move |socket| turns.track_future(serve(app, address, seat, socket))))
    }
}

async fn receive(
    app: &App,
    address: &Room,
    token: &ApiToken,
    body: Body,
) -> Result<Response, ChatError> {
    let session = address.session(app).await?;
    let session = session.filter(|session| session.workspace_id == token.workspace_id);
    let session = session.ok_or_else(|| {
        ChatError::not_found("No conversation listens here. It may have ended: check the address.")
    })?;
    let bytes = read_within(body, LARGEST).await?;
    // What cannot be read at all counts as an empty message, as pages of the file format expect.
    let data = serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::Object(Map::new()));
    if !data.is_object() {
        return Err(ChatError::bad_request("Send a JSON object."));
    }
    publish::keep(app, &token.workspace_id, room_of(&session), None, data).await?;
    Ok("OK".into_response())
}

/// Without a seat there is no conversation: a page learns that it need not come back.
async fn serve(app: App, address: Room, seat: Option<Seat>, mut socket: WebSocket) {
    let _open = metrics::socket_opened();
    let farewell = match seat {
        Some(seat) => listen(&app, &address, seat, &mut socket).await,
        None => Some(close_code::NORMAL),
    };
    if let Some(code) = farewell {
        let reason = match code {
            close_code::AWAY => "come again",
            _ => "no conversation listens here",
        };
        let reason = reason.into();
        // The page may be gone already.
        let _ = socket
            .send(Message::Close(Some(CloseFrame { code, reason })))
            .await;
    }
}

/// Listens until the page leaves, or until there is a reason to close.
async fn listen(app: &App, address: &Room, mut seat: Seat, socket: &mut WebSocket) -> Option<u16> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let end = sleep(LONGEST);
    tokio::pin!(end);
    let (mut unanswered, mut told) = (0, None);
    loop {
        match news(app, address).await {
            Ok(News::Message { id, body }) if told != Some(id) => {
                socket.send(Message::text(body)).await.ok()?;
                told = Some(id);
            }
            Ok(News::Message { .. } | News::Nothing) => {}
            Ok(News::Ended) => return Some(close_code::NORMAL),
            // Pages come again: by then the database may be back.
            Err(error) if is_away(&error) => return Some(close_code::AWAY),
            Err(error) => {
                tracing::error!(%error, room = seat.room(), "a page could not be told");
                return Some(close_code::ERROR);
            }
        }
        loop {
            tokio::select! {
                () = seat.news() => break,
                _ = pings.tick() => {
                    if unanswered >= MISSED_PINGS {
                        return Some(close_code::AWAY);
                    }
                    unanswered += 1;
                    socket.send(Message::Ping(Default::default())).await.ok()?;
                    break;
                }
                heard = socket.recv() => match heard {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => unanswered = 0,
                },
                () = &mut end => return Some(close_code::AWAY),
                () = app.stopping.begun() => return Some(close_code::AWAY),
            }
        }
    }
}
