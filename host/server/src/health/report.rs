//! What `/readyz` says.

use serde::Serialize;

/// How a part of the server, or all of it, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// All is well.
    Ok,
    /// Turns are taken, but something does not work.
    Degraded,
    /// No turns are taken.
    Away,
    /// The process is about to end.
    Stopping,
}

/// One part.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Part {
    /// Which: `database`, `storage`.
    pub(super) name: &'static str,
    /// How it stands.
    pub(super) status: Status,
    /// A sentence for whoever looks.
    pub(super) message: &'static str,
}

/// All parts.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// The worst of them.
    status: Status,
    /// A sentence for whoever looks.
    message: &'static str,
    parts: Vec<Part>,
}

impl Report {
    pub(super) fn of(parts: Vec<Part>) -> Self {
        let status = parts.iter().map(|part| part.status).max();
        let status = status.unwrap_or(Status::Ok);
        let message = match status {
            Status::Ok => "This process takes turns.",
            Status::Degraded => "This process takes turns, but not everything works.",
            _ => "This process takes no turns now.",
        };
        Self {
            status,
            message,
            parts,
        }
    }

    pub(super) fn stopping() -> Self {
        Self {
            status: Status::Stopping,
            message: "This process is stopping. Send visitors to another one.",
            parts: Vec::new(),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.status <= Status::Degraded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(status: Status) -> Part {
        let message = "It is so.";
        Part {
            name: "part",
            status,
            message,
        }
    }

    #[test]
    fn the_worst_part_counts() {
        let all = [Status::Ok, Status::Degraded, Status::Away];
        for (worst, is_ready) in all.into_iter().zip([true, true, false]) {
            let report = Report::of(vec![part(Status::Ok), part(worst), part(Status::Ok)]);
            assert_eq!((report.status, report.is_ready()), (worst, is_ready));
        }
        assert!(!Report::stopping().is_ready());
    }
}
