//! `talkloom serve`: runs the server until it is asked to stop.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::signal;
use tokio_util::task::AbortOnDropHandle;

use super::open_store;
use crate::blocks::Compiling;
use crate::credentials::Vault;
use crate::router::router;
use crate::{App, Clock, Config, Entropy, blocks, jobs, metrics, stopping, telemetry};

pub(super) async fn serve(config: Config) -> Result<()> {
    let telemetry = telemetry::start(&config)?;
    let served = serve_until_stopped(config).await;
    telemetry.finish().await;
    served
}

async fn serve_until_stopped(config: Config) -> Result<()> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let figures = figures(&config).await?;
    let clock = Clock::system();
    // The blocks are loaded while the database is opened.
    let components = blocks::find(&config)?;
    if components.is_empty() {
        tracing::warn!("no blocks were found: integrations are passed over");
    }
    let installing = {
        let (config, clock) = (config.clone(), clock.clone());
        tokio::task::spawn_blocking(move || {
            blocks::start_with(&config, &clock, components, Compiling::InChild)
        })
    };
    let store = open_store(&config).await?;
    let entropy = Entropy::system();
    let vault = Vault::open(&config, &store, &clock, &entropy).await?;
    if let Some(key) = vault.made_key() {
        tracing::warn!(
            file = %key.display(),
            "a master key was made: without it a backup's credentials cannot be opened"
        );
    }
    let runtime = installing
        .await
        .context("The blocks could not be compiled.")??;
    let listen = config.listen;
    let app = App::new(config, store, runtime, clock, entropy, vault);

    let prepared = app.files.prepare().await;
    prepared.context("The folder for visitors' files cannot be used. Check its permissions.")?;

    let brought_up = blocks::bring_up(&app).await;
    brought_up.context("The installed blocks could not be read.")?;
    let noting = {
        let app = app.clone();
        AbortOnDropHandle::new(tokio::spawn(async move { app.egress.write(&app).await }))
    };
    let following = AbortOnDropHandle::new(tokio::spawn(blocks::follow(app.clone())));
    let worker = jobs::start(&app).await?;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("The address {listen} cannot be used. Another server may run there: set --listen.")
    })?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let listener = listener.tap_io(|connection| {
        // An answer is one small packet: waiting for more would only delay it.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let idle = Duration::from_secs(app.config.chat.idle_s);
    let drained = {
        let app = app.clone();
        async move {
            asked_to_stop().await;
            tokio::join!(stopping::drain(&app), jobs::stop(worker));
        }
    };
    // Limits count by the address that a request comes from.
    let routes = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, routes).with_graceful_shutdown(drained);
    tokio::select! {
        served = async { serving.await } => served.context("The server broke off.")?,
        () = app.conversations.let_go_every(idle) => {}
        told = tell(figures, &app) => told.context("The figures for Prometheus broke off.")?,
        () = app.stopping.is_past() => {
            tracing::warn!("some requests and connections did not end in time and were broken off");
        }
    }
    drop(following);
    app.egress.flush().await;
    drop(noting);
    app.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn asked_to_stop() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// The figures' listener, taken before anything is opened that counts.
async fn figures(config: &Config) -> Result<Option<(TcpListener, metrics::Installed)>> {
    let Some(address) = config.metrics.address()? else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("The address {address} cannot be used. Set metrics.listen to another.")
    })?;
    tracing::info!(address = %listener.local_addr()?, "figures for Prometheus at /metrics");
    Ok(Some((listener, metrics::install()?)))
}

async fn tell(
    figures: Option<(TcpListener, metrics::Installed)>,
    app: &App,
) -> std::io::Result<()> {
    match figures {
        Some((listener, installed)) => metrics::serve(listener, app.clone(), installed).await,
        None => std::future::pending().await,
    }
}
