//! Figures that are looked at when Prometheus asks.

use super::names;
use crate::App;

/// Looks at them.
pub(super) fn take(app: &App) {
    for (pool, connections) in app.store.pools() {
        let states = [
            ("used", connections.open.saturating_sub(connections.idle)),
            ("idle", connections.idle),
        ];
        for (state, count) in states {
            metrics::gauge!(names::CONNECTIONS, "pool" => pool, "state" => state).set(count);
        }
    }
}
