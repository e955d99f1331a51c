//! A worker in a process of its own: this test program, started again.

use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use talkloom_server::Clock;

use crate::setting::{Place, app, quick, work};

const PLACE: &str = "TALKLOOM_TEST_WORKER";

/// A worker process; killed when it is dropped.
pub struct WorkerProcess(Child);

impl WorkerProcess {
    pub fn start(place: &Place) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let place = serde_json::to_string(place).expect("a place is plain data");
        let child = Command::new(program)
            .args(["--exact", "child::worker_process", "--nocapture"])
            .env(PLACE, place)
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("this program can be started again"))
    }

    pub fn send(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).expect("an id");
        // It may be gone already, which is what is wanted of most signals.
        let _ = kill(Pid::from_raw(id), signal);
    }

    /// Waits for the end; whether it ended well.
    pub fn ended(&mut self) -> bool {
        self.0
            .wait()
            .expect("the process can be waited for")
            .success()
    }

    pub fn is_running(&mut self) -> bool {
        self.0
            .try_wait()
            .expect("the process can be asked")
            .is_none()
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// No test: what a worker process runs.
#[test]
fn worker_process() {
    let Ok(place) = std::env::var(PLACE) else {
        return;
    };
    let place: Place = serde_json::from_str(&place).expect("a place");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(async {
        let terminate = tokio::signal::unix::SignalKind::terminate();
        let mut terminate = tokio::signal::unix::signal(terminate).expect("signals can be heard");
        let app = app(&place, Clock::system()).await;
        let worker = work(&app, quick()).await;
        terminate.recv().await;
        worker.stop().await;
    });
}
