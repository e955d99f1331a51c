//! Makes a component of a core module and writes the manifest into it.

use anyhow::{Context, Result};
use talkloom_manifest::{Manifest, SECTION};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata, metadata};

/// The component's bytes: the core module within the contract's types, then the manifest. The
/// component exports what the manifest provides, even where the core module was made for more.
pub fn component(core: &[u8], manifest: &Manifest) -> Result<Vec<u8>> {
    let core = narrowed(core, manifest)?;
    let mut component = ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .context("it does not follow the contract in wit/")?
        .encode()?;
    append(&mut component, SECTION, &manifest.to_bytes()?)?;
    Ok(component)
}

/// The core module with a contract that exports no more than the manifest provides.
fn narrowed(core: &[u8], manifest: &Manifest) -> Result<Vec<u8>> {
    let (bare, mut bound) = metadata::decode(core)?;
    let Some(mut narrowed) = bare else {
        // It says nothing of the contract, which the encoder will tell.
        return Ok(core.to_vec());
    };
    let resolve = &bound.resolve;
    let exports = resolve.worlds[bound.world].exports.keys();
    let needless = exports.filter(|key| !provides(manifest, &resolve.name_world_key(key)));
    for key in needless.cloned().collect::<Vec<_>>() {
        bound.resolve.worlds[bound.world].exports.shift_remove(&key);
    }
    let utf8 = StringEncoding::UTF8;
    embed_component_metadata(&mut narrowed, &bound.resolve, bound.world, utf8)?;
    Ok(narrowed)
}

/// Whether the manifest provides what an export is or belongs to: `talkloom:block/actions@0.1.0`,
/// `cabi_post_talkloom:block/actions@0.1.0#run`. Whatever is no part of the contract is no matter.
pub fn provides(manifest: &Manifest, export: &str) -> bool {
    let name = export.strip_prefix("cabi_post_").unwrap_or(export);
    let Some(name) = name.strip_prefix("talkloom:block/") else {
        return true;
    };
    let interface = name.split(['@', '#']).next().unwrap_or(name);
    let mut provided = manifest.provides.iter();
    provided.any(|known| known.name() == interface)
}

/// Appends a custom section: id 0, its length, its name with a length, the bytes.
fn append(component: &mut Vec<u8>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut section = Vec::new();
    leb128(&mut section, u32::try_from(name.len())?);
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(bytes);
    component.push(0);
    leb128(component, u32::try_from(section.len())?);
    component.extend_from_slice(&section);
    Ok(())
}

fn leb128(out: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn a_section_follows_the_binary_format() {
        let mut component = vec![1, 2];
        append(&mut component, "ab", &[7; 200]).expect("it is short");
        // 203 = 0xCB 0x01 in LEB128.
        assert_eq!(&component[..8], [1, 2, 0, 0xCB, 0x01, 2, b'a', b'b']);
        assert_eq!(component.len(), 5 + 3 + 200);
    }
}
