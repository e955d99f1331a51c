//! Runs blocks: loading, limits, capabilities, calls.
