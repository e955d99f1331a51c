//! Takes a version out that only breaks: its calls fail at once, until a trial after a while
//! succeeds. What services answer does not count, and neither do limits of the host.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use talkloom_manifest::Interface;

use crate::runtime::Shared;
use crate::{Failure, Installed};

/// So many calls in a row that break, without one that works, take a version out.
const FAULTS: u32 = 5;
/// How long until the first trial; each that breaks doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What a call's end says of the version that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works.
    Works,
    /// It broke.
    Broke,
    /// Neither.
    Unknown,
}

/// What changed with a call's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    None,
    /// The version was taken out.
    TakenOut,
    /// It is back.
    Back,
}

/// Counts what a version's calls came to.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    faults: u32,
    out: Option<Out>,
}

#[derive(Debug)]
struct Out {
    until: Instant,
    pause: Duration,
    is_trying: bool,
}

/// A call that was let through; one that never ends is as one that tells nothing.
#[must_use]
pub(crate) struct Pass<'b> {
    breaker: &'b Breaker,
    is_trial: bool,
}

impl Shared {
    /// Counts how a version's call ends; a version that only breaks is not called. Scripts do not
    /// count: what breaks there is the code of a bot's builder.
    pub(crate) async fn watch<T>(
        &self,
        installed: &Installed,
        cpu_limit: Duration,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let now = Instant::now();
        installed.touch(now);
        let manifest = &installed.manifest;
        if manifest.provides.contains(&Interface::Script) {
            return call.await;
        }
        let Some(pass) = installed.breaker.admit(now) else {
            return Err(Failure::TakenOut {
                name: manifest.name.clone(),
                version: manifest.version.clone(),
            });
        };
        let ended = call.await;
        let failure = ended.as_ref().err();
        let change = pass.end(verdict(failure, cpu_limit), Instant::now());
        self.tell_change(installed, change, failure);
        ended
    }

    fn tell_change(&self, installed: &Installed, change: Change, failure: Option<&Failure>) {
        let hearer = self.hearer.load();
        let (id, version) = (&installed.manifest.id, &installed.manifest.version);
        match change {
            Change::None => {}
            Change::TakenOut => {
                let details = failure.and_then(Failure::details).unwrap_or_default();
                let why = failure.map(ToString::to_string).unwrap_or_default();
                tracing::error!(
                    id,
                    version,
                    digest = installed.digest,
                    why,
                    details,
                    "a block is taken out: its calls only break. Go back with: talkloom blocks rollback {id}"
                );
                if let Some(hearer) = &*hearer {
                    hearer.taken_out(installed, &why);
                }
            }
            Change::Back => {
                tracing::info!(id, version, "a block that was taken out works again");
                if let Some(hearer) = &*hearer {
                    hearer.back(installed);
                }
            }
        }
    }
}

/// What a call's end says of the version. Any answer says that it works, be it that a service failed;
/// a busy host and a slow service say nothing.
fn verdict(failure: Option<&Failure>, cpu_limit: Duration) -> Verdict {
    match failure {
        None => Verdict::Works,
        Some(Failure::Trap { .. } | Failure::OutOfMemory { .. }) => Verdict::Broke,
        // Only a guest that computes without end reaches this one.
        Some(Failure::Timeout(limit)) if *limit == cpu_limit => Verdict::Broke,
        Some(_) => Verdict::Unknown,
    }
}

impl Breaker {
    /// Lets a call through, or not.
    pub(crate) fn admit(&self, now: Instant) -> Option<Pass<'_>> {
        let mut counted = self.lock();
        let is_trial = match &mut counted.out {
            None => false,
            Some(out) if now >= out.until && !out.is_trying => {
                out.is_trying = true;
                true
            }
            Some(_) => return None,
        };
        Some(Pass {
            breaker: self,
            is_trial,
        })
    }

    /// Whether the version is taken out.
    pub(crate) fn is_out(&self) -> bool {
        self.lock().out.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Notes how the call ended.
    pub(crate) fn end(self, verdict: Verdict, now: Instant) -> Change {
        let mut counted = self.breaker.lock();
        let counted = &mut *counted;
        match verdict {
            Verdict::Works => {
                counted.faults = 0;
                match counted.out.take() {
                    Some(_) => Change::Back,
                    None => Change::None,
                }
            }
            Verdict::Unknown => Change::None,
            Verdict::Broke => {
                counted.faults = counted.faults.saturating_add(1);
                match &mut counted.out {
                    Some(out) if self.is_trial => {
                        out.pause = (out.pause * 2).min(LONGEST_PAUSE);
                        out.until = now + out.pause;
                        Change::None
                    }
                    // It began before the version was taken out.
                    Some(_) => Change::None,
                    None if counted.faults < FAULTS => Change::None,
                    None => {
                        counted.out = Some(Out {
                            until: now + FIRST_PAUSE,
                            pause: FIRST_PAUSE,
                            is_trying: false,
                        });
                        Change::TakenOut
                    }
                }
            }
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_trial
            && let Some(out) = &mut self.breaker.lock().out
        {
            out.is_trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(breaker: &Breaker, verdict: Verdict, now: Instant) -> Option<Change> {
        Some(breaker.admit(now)?.end(verdict, now))
    }

    #[test]
    fn a_version_that_only_breaks_is_taken_out_and_tried_again() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 1..FAULTS {
            assert_eq!(call(&breaker, Verdict::Broke, start), Some(Change::None));
        }
        let last = call(&breaker, Verdict::Broke, start);
        assert_eq!(last, Some(Change::TakenOut));
        assert_eq!(call(&breaker, Verdict::Works, start), None);
        let later = start + FIRST_PAUSE;
        let trial = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_none(), "one trial at a time");
        assert_eq!(trial.end(Verdict::Broke, later), Change::None);
        assert!(breaker.admit(later + FIRST_PAUSE).is_none(), "it doubles");
        let later = later + FIRST_PAUSE * 2;
        drop(breaker.admit(later).unwrap());
        let back = call(&breaker, Verdict::Works, later);
        assert_eq!(
            back,
            Some(Change::Back),
            "a trial that was dropped is tried again"
        );
        assert!(!breaker.is_out());
    }

    #[test]
    fn one_that_works_now_and_then_stays() {
        let breaker = Breaker::default();
        let now = Instant::now();
        for round in 0..40 {
            let verdict = match round % 4 {
                0 => Verdict::Works,
                _ => Verdict::Broke,
            };
            assert_eq!(call(&breaker, verdict, now), Some(Change::None));
            assert_eq!(call(&breaker, Verdict::Unknown, now), Some(Change::None));
        }
    }
}
