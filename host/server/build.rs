//! Optimised builds embed the pages and blocks that stand in `target/assets`: they are built anew
//! when those change. Debug builds read them from disk.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../target/assets");
    }
}
