//! The recorder, and the figures that every turn touches: found once, so that counting a turn looks
//! nothing up.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::names::{self, Form, NAMES};
use super::{Kind, TurnOutcome};

static FIGURES: OnceLock<Figures> = OnceLock::new();

/// How often what was measured is put into its buckets, so that it does not pile up between two
/// questions of Prometheus.
pub(super) const UPKEEP: Duration = Duration::from_secs(5);

/// What every turn touches.
pub(super) struct Figures {
    turns: [[Counter; TurnOutcome::ALL.len()]; Kind::ALL.len()],
    turn_seconds: [Histogram; Kind::ALL.len()],
    pub(super) running: Gauge,
    pub(super) sockets: Gauge,
}

/// The recorder, which prints what was counted.
pub struct Installed {
    pub(super) recorder: PrometheusHandle,
}

/// The figures, once they are counted.
pub(super) fn figures() -> Option<&'static Figures> {
    FIGURES.get()
}

/// Begins to count, for the whole process. What opens afterwards is counted from its beginning.
pub fn install() -> Result<Installed> {
    let recorder = builder()?
        .install_recorder()
        .context("The figures for Prometheus cannot be counted.")?;
    describe();
    FIGURES.get_or_init(Figures::find);
    Ok(Installed { recorder })
}

fn builder() -> Result<PrometheusBuilder> {
    let mut builder = PrometheusBuilder::new();
    for (name, form, _) in NAMES {
        if let Form::Histogram(limits) = form {
            let name = Matcher::Full((*name).to_owned());
            builder = builder
                .set_buckets_for_metric(name, limits)
                .context("The figures for Prometheus are not set up right.")?;
        }
    }
    Ok(builder)
}

fn describe() {
    for (name, form, meaning) in NAMES {
        match form {
            Form::Counter => metrics::describe_counter!(*name, *meaning),
            Form::Gauge => metrics::describe_gauge!(*name, *meaning),
            Form::Histogram(_) => metrics::describe_histogram!(*name, *meaning),
        }
    }
}

impl Figures {
    fn find() -> Self {
        let turns = Kind::ALL.map(|kind| {
            TurnOutcome::ALL.map(|outcome| {
                let (kind, outcome) = (kind.as_str(), outcome.as_str());
                metrics::counter!(names::TURNS, "kind" => kind, "outcome" => outcome)
            })
        });
        let turn_seconds =
            Kind::ALL.map(|kind| metrics::histogram!(names::TURN_SECONDS, "kind" => kind.as_str()));
        Self {
            turns,
            turn_seconds,
            running: metrics::gauge!(names::TURNS_RUNNING),
            sockets: metrics::gauge!(names::SOCKETS),
        }
    }

    pub(super) fn turn(&self, kind: Kind, outcome: TurnOutcome, elapsed: Duration) {
        // The places follow the order of `ALL`, which is the order of declaration.
        self.turns[kind as usize][outcome as usize].increment(1);
        self.turn_seconds[kind as usize].record(elapsed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use metrics::with_local_recorder;

    use super::*;

    #[test]
    fn a_turn_is_counted_where_it_belongs() {
        let recorder = builder().unwrap().build_recorder();
        with_local_recorder(&recorder, || {
            let figures = Figures::find();
            let elapsed = Duration::from_millis(3);
            figures.turn(Kind::Reply, TurnOutcome::Timeout, elapsed);
        });
        let printed = recorder.handle().render();
        let counted = "talkloom_turns_total{kind=\"reply\",outcome=\"timeout\"} 1\n";
        assert!(printed.contains(counted), "{printed}");
        let none = "talkloom_turns_total{kind=\"start\",outcome=\"timeout\"} 0\n";
        assert!(printed.contains(none), "{printed}");
        let bucket = "talkloom_turn_duration_seconds_bucket{kind=\"reply\",le=\"0.005\"} 1\n";
        assert!(printed.contains(bucket), "{printed}");
    }

    #[test]
    fn counting_a_turn_costs_less_than_a_thousandth_of_it() {
        const TURNS: u32 = 20_000;
        let recorder = builder().unwrap().build_recorder();
        let figures = with_local_recorder(&recorder, Figures::find);
        // The best of several rounds: other programs share the machine.
        let per_turn = (0..10).map(|_| {
            let started = Instant::now();
            for _ in 0..TURNS {
                figures.turn(Kind::Reply, TurnOutcome::Answered, Duration::from_millis(1));
            }
            let per_turn = started.elapsed() / TURNS;
            recorder.handle().run_upkeep();
            per_turn
        });
        let best = per_turn.min().unwrap();
        println!("counting a turn: {best:?}");
        assert!(best <= Duration::from_micros(1), "{best:?}");
    }
}
