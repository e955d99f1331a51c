//! A proxy before PostgreSQL, which breaks connections off where it hurts.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result};

/// PostgreSQL is ready for the next statement, outside of any transaction: nothing is left to commit.
const IDLE: &[u8] = b"Z\0\0\0\x05I";

/// A proxy; its connections end with it.
pub struct Proxy {
    url: String,
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    server: String,
    plan: Mutex<Option<Plan>>,
    connections: Mutex<Vec<TcpStream>>,
    is_away: AtomicBool,
    is_over: AtomicBool,
}

/// What is to happen to the statement that holds a marker.
#[derive(Clone)]
struct Plan {
    marker: Vec<u8>,
    cut: Cut,
}

/// Where a statement is broken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the server gets it: nothing is stored.
    Before,
    /// After the server has committed it, and before anyone hears of that.
    After,
}

impl Proxy {
    /// Stands before a server that a `postgres://` address names.
    pub fn before(url: &str) -> Result<Self> {
        let (user, rest) = url.split_once('@').context("no user is named")?;
        let (server, database) = rest.split_once('/').context("no database is named")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            server: server.to_owned(),
            plan: Mutex::default(),
            connections: Mutex::default(),
            is_away: AtomicBool::default(),
            is_over: AtomicBool::default(),
        });
        let url = format!("{user}@{address}/{database}");
        let accepting = Arc::clone(&state);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self {
            url,
            address,
            state,
        })
    }

    /// The address to use instead of the server's.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Breaks off the next statement that holds a text, and all connections with it, once; from
    /// then on the server is away until [`Proxy::come_back`].
    pub fn cut(&self, marker: &str, cut: Cut) {
        let marker = marker.as_bytes().to_vec();
        *lock(&self.state.plan) = Some(Plan { marker, cut });
    }

    /// Whether the statement came and was broken off.
    pub fn has_cut(&self) -> bool {
        lock(&self.state.plan).is_none() && self.state.is_away.load(Ordering::SeqCst)
    }

    /// The server can be reached again.
    pub fn come_back(&self) {
        self.state.is_away.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        self.state.end_all();
        // Wakes whoever accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for client in listener.incoming().flatten() {
        if state.is_over.load(Ordering::SeqCst) {
            return;
        }
        // Dropping it ends it: so does a server that is away.
        if !state.is_away.load(Ordering::SeqCst) {
            let _ = join(client, state);
        }
    }
}

fn join(client: TcpStream, state: &Arc<State>) -> std::io::Result<()> {
    let server = TcpStream::connect(&state.server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    lock(&state.connections).extend([client.try_clone()?, server.try_clone()?]);
    let is_mute = Arc::new(AtomicBool::default());
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    let (asking, muting) = (Arc::clone(state), Arc::clone(&is_mute));
    thread::spawn(move || asking.pass_questions(client, to_server, &muting));
    let answering = Arc::clone(state);
    thread::spawn(move || answering.pass_answers(server, to_client, &is_mute));
    Ok(())
}

impl State {
    fn pass_questions(&self, client: TcpStream, server: TcpStream, is_mute: &AtomicBool) {
        pass(client, server, |part| {
            let mut plan = lock(&self.plan);
            let meant = plan.take_if(|plan| {
                part.windows(plan.marker.len())
                    .any(|text| text == plan.marker)
            });
            match meant.map(|plan| plan.cut) {
                Some(Cut::Before) => {
                    self.go_away();
                    false
                }
                Some(Cut::After) => {
                    is_mute.store(true, Ordering::SeqCst);
                    true
                }
                None => true,
            }
        });
    }

    fn pass_answers(&self, server: TcpStream, client: TcpStream, is_mute: &AtomicBool) {
        pass(server, client, |part| {
            if !is_mute.load(Ordering::SeqCst) {
                return true;
            }
            if part.ends_with(IDLE) {
                self.go_away();
            }
            false
        });
    }

    fn go_away(&self) {
        self.is_away.store(true, Ordering::SeqCst);
        self.end_all();
    }

    fn end_all(&self) {
        for connection in lock(&self.connections).drain(..) {
            // The other side may have ended it before.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

/// Passes on what `may_pass`, until one side ends.
fn pass(mut from: TcpStream, mut to: TcpStream, mut may_pass: impl FnMut(&[u8]) -> bool) {
    let mut part = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut part) {
        let part = &part[..read];
        if may_pass(part) && to.write_all(part).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
