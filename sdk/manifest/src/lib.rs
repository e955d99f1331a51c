//! What a block says of itself: the manifest's types and checks.
