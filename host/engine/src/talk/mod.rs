//! A conversation at work: what one turn holds in memory.

use crate::effect::FlowRef;
use crate::mailbox::Mailbox;
use crate::message::{Reply, Start};
use crate::state::State;
use crate::turn::{Finish, Refusal};
use std::sync::Arc;
use talkloom_flow::catalog::Catalog;

pub(crate) async fn start(
    _mailbox: Mailbox,
    _flow: FlowRef,
    _catalog: Arc<Catalog>,
    _start: Start,
) -> Result<Finish, Refusal> {
    Err(Refusal::internal("not yet"))
}

pub(crate) async fn reply(
    _mailbox: Mailbox,
    _state: State,
    _flow: FlowRef,
    _catalog: Arc<Catalog>,
    _reply: Reply,
) -> Result<Finish, Refusal> {
    Err(Refusal::internal("not yet"))
}
