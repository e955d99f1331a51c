//! Which files make up which page.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::assets::Assets;

/// Puts the viewer's files together.
pub fn viewer(
    assets: &mut Assets,
    web: &Path,
    modules: &Path,
    wasm: Vec<u8>,
    bindings: String,
) -> Result<()> {
    let fonts = modules.join("@fontsource-variable/inter/files");
    for (name, file) in [
        ("inter-latin.woff2", "inter-latin-wght-normal.woff2"),
        ("inter-latin-ext.woff2", "inter-latin-ext-wght-normal.woff2"),
    ] {
        assets.add(name, read(&fonts.join(file))?);
    }
    let markdown = modules.join("marked/lib/marked.esm.js");
    assets.add("markdown.js", read(&markdown)?);
    assets.add("mark.svg", read(&web.join("assets/mark.svg"))?);
    assets.add("viewer.wasm", wasm);
    assets.add("viewer-bindings.js", bindings.into_bytes());
    let source = web.join("viewer/static");
    for frame in ["sandbox.html", "frame.html"] {
        assets.add(frame, read(&source.join(frame))?);
    }
    assets.add("payment.js", read(&source.join("payment.js"))?);
    assets.add_text("viewer.js", &text(&source.join("boot.js"))?)?;
    let mut css = text(&web.join("styles/tokens.css"))?;
    for sheet in ["fonts", "page", "bubbles", "inputs"] {
        css.push_str(&text(
            &web.join("styles/viewer").join(sheet).with_extension("css"),
        )?);
    }
    assets.add_text("viewer.css", &css)?;
    assets.add_entry("index.html", &text(&source.join("index.html"))?)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}
