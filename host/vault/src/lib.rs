//! Seals secrets: master keys, data keys, sealed values.
