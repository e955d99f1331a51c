//! One call from its fresh instance to its end.

use std::time::Duration;

use wasmtime::component::Instance;
use wasmtime::{Store, Trap, UpdateDeadline};

use crate::guest::GuestCall;
use crate::state::{CallState, Ended};
use crate::{Failure, Log};

type Started = (Store<CallState>, Instance);

/// Calls a guest in a fresh instance. What comes back beside its answer are the lines that it
/// wrote.
pub(crate) async fn run<G: GuestCall>(
    state: CallState,
    call: G,
) -> Result<(G::Answer, Vec<Log>), Failure> {
    let cpu = state.cpu.clone();
    let running = async move {
        let installed = state.installed.clone();
        let (mut store, instance) = start(state).await?;
        let called = call.call(&mut store, &instance, &installed.entries).await;
        let answer = called.map_err(|error| explain(&store, &error))?;
        let state = store.data_mut();
        let live = state
            .session
            .as_mut()
            .and_then(|session| session.live.as_mut());
        if let Some(live) = live {
            live.finish().await;
        }
        Ok((answer, state.logs.take()))
    };
    cpu.measure(running).await
}

/// Instantiates a component and looks its functions up, without calling any.
pub(crate) async fn try_out(state: CallState) -> Result<Result<(), String>, Failure> {
    let cpu = state.cpu.clone();
    let trying = async move {
        let installed = state.installed.clone();
        let (mut store, instance) = start(state).await?;
        let fits = installed.entries.load_all(&mut store, &instance);
        Ok(fits.map_err(|error| format!("{error:#}")))
    };
    cpu.measure(trying).await
}

async fn start(state: CallState) -> Result<Started, Failure> {
    let installed = state.installed.clone();
    let shared = state.shared.clone();
    let mut store = Store::new(&shared.engine, state);
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(shared.settings.limits.host_call_bytes);
    // Before instantiation: start functions are guest code.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| {
        let state = store.data();
        Ok(if state.cpu.spent() > state.cpu_limit {
            UpdateDeadline::Interrupt
        } else {
            UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
        })
    });
    match installed.instances.instantiate_async(&mut store).await {
        Ok(instance) => Ok((store, instance)),
        Err(error) => Err(explain(&store, &error)),
    }
}

/// Why a guest ended without an answer.
fn explain(store: &Store<CallState>, error: &wasmtime::Error) -> Failure {
    if let Some(Ended(failure)) = error.downcast_ref::<Ended>() {
        return failure.clone();
    }
    let state = store.data();
    if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        return Failure::Timeout(state.cpu_limit);
    }
    if state.memory.refused() {
        return Failure::OutOfMemory {
            limit_bytes: state.memory.limit_bytes(),
        };
    }
    Failure::Trap {
        detail: format!("{error:#}").chars().take(1_000).collect(),
    }
}

/// Ends a call that takes too long in all, waiting included. The guest is dropped with its store.
pub(crate) async fn within<T>(
    wall: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(wall, call)
        .await
        .unwrap_or(Err(Failure::Timeout(wall)))
}
