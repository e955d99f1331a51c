//! Makes components of core modules written as text.

use serde_json::Value;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The contract, as every block's author has it.
pub const CONTRACT: &str = include_str!("../../../../wit/block.wit");

/// A component that follows `world` of `wit`, with its manifest.
pub fn component(core: &str, wit: &str, world: &str, manifest: &Value) -> Vec<u8> {
    let mut component = encoded(core, wit, world);
    append_manifest(&mut component, manifest);
    component
}

/// A component that follows `world` of `wit`, without a manifest.
pub fn encoded(core: &str, wit: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(core).expect("the text is a module");
    let mut resolve = Resolve::default();
    let package = resolve.push_str("block.wit", wit).expect("the WIT parses");
    let world = resolve
        .select_world(&[package], Some(world))
        .expect("the world is there");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the module takes a section");
    ComponentEncoder::default()
        .module(&module)
        .expect("the module fits its world")
        .encode()
        .expect("the component is sound")
}

/// Appends the custom section that holds a manifest.
pub fn append_manifest(component: &mut Vec<u8>, manifest: &Value) {
    let name = talkloom_manifest::SECTION;
    let mut section = vec![u8::try_from(name.len()).expect("the name is short")];
    section.extend_from_slice(name.as_bytes());
    section.extend_from_slice(manifest.to_string().as_bytes());
    component.push(0);
    let mut length = section.len();
    while length > 0x7f {
        component.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    component.push(u8::try_from(length).expect("seven bits"));
    component.extend_from_slice(&section);
}
