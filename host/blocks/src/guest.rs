//! The calls that a component can take, each through the interface that it belongs to.

use wasmtime::Store;
use wasmtime::component::Instance;

use crate::Failure;
use crate::bindings::exports::talkloom::block::{choices, inputs, script, webhooks};
use crate::bindings::talkloom::block::types as wire;
use crate::install::Entries;
use crate::state::{CallState, Ended};

/// One call into a fresh instance.
pub(crate) trait GuestCall: Send + 'static {
    /// What the guest gives.
    type Answer: Send + 'static;

    /// Calls the guest's function.
    fn call(
        self,
        store: &mut Store<CallState>,
        instance: &Instance,
        entries: &Entries,
    ) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;
}

/// `actions.run`.
pub(crate) struct Run(pub wire::Call);
/// `inputs.open`.
pub(crate) struct Open(pub wire::Call);
/// `inputs.accept`, with what opening it kept and the reply.
pub(crate) struct Accept(pub wire::Call, pub String, pub String);
/// `choices.list-choices`, with the field.
pub(crate) struct ListChoices(pub String, pub wire::Call);
/// `webhooks.receive`, with the webhook's name.
pub(crate) struct Receive(
    pub String,
    pub webhooks::Request,
    pub Option<wire::Credential>,
);
/// `migrate.options`, with the version that saved them and the action.
pub(crate) struct MigrateOptions(pub String, pub String, pub String);
/// `script.evaluate`.
pub(crate) struct Evaluate(pub script::Request);

macro_rules! guest_calls {
    ($($call:ident[$($field:tt),*] => $entry:ident.$function:ident -> $answer:ty;)*) => {
        $(impl GuestCall for $call {
            type Answer = $answer;

            async fn call(
                self,
                store: &mut Store<CallState>,
                instance: &Instance,
                entries: &Entries,
            ) -> wasmtime::Result<Self::Answer> {
                let entry = entries.$entry.as_ref().ok_or_else(no_entry)?;
                let guest = entry.load(&mut *store, instance)?;
                guest.$function(store, $(&self.$field),*).await
            }
        })*
    };
}

guest_calls! {
    Run[0] => actions.call_run -> Result<wire::Outcome, wire::Failure>;
    Open[0] => inputs.call_open -> Result<inputs::Opened, wire::Failure>;
    Accept[0, 1, 2] => inputs.call_accept -> Result<wire::Outcome, wire::Failure>;
    ListChoices[0, 1] => choices.call_list_choices -> Result<Vec<choices::Choice>, wire::Failure>;
    MigrateOptions[0, 1, 2] => migrate.call_options -> Result<String, wire::Failure>;
    Evaluate[0] => script.call_evaluate -> Result<script::Evaluation, script::Exception>;
}

impl GuestCall for Receive {
    type Answer = Result<webhooks::Received, wire::Failure>;

    async fn call(
        self,
        store: &mut Store<CallState>,
        instance: &Instance,
        entries: &Entries,
    ) -> wasmtime::Result<Self::Answer> {
        let entry = entries.webhooks.as_ref().ok_or_else(no_entry)?;
        let guest = entry.load(&mut *store, instance)?;
        let Self(webhook, request, credential) = &self;
        guest
            .call_receive(store, webhook, request, credential.as_ref())
            .await
    }
}

fn no_entry() -> Ended {
    Ended(Failure::BadOutput("it does not provide this.".into()))
}
