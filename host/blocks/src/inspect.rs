//! Reads a component's file without running it: its manifest, imports and exports, and whether its
//! structure is sane. Nothing here compiles code.

use std::collections::BTreeSet;

use talkloom_manifest::{Interface, Manifest, PermissionKind, SECTION};
use wasmparser::{
    ComponentExportSectionReader, ComponentExternalKind, ComponentImportSectionReader, Encoding,
    Parser, Payload, Validator, WasmFeatures,
};
use wasmtime::Engine;

use crate::InstallError;

/// The package whose interfaces a component may import and export.
const PACKAGE: &str = "talkloom:block/";

/// The contract's version that this host speaks, in semver's sense of compatible.
const VERSION: &str = "0.1.";

/// Structural caps: far above any block, far below what makes compilation costly.
const MAX_FUNCTIONS: u32 = 100_000;
const MAX_FUNCTION_BYTES: usize = 4 << 20;
const MAX_NESTED: u32 = 64;

/// What a file says of itself.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub manifest: Manifest,
    pub exports: BTreeSet<Interface>,
}

/// What a component's file says of itself, checked as far as that goes without compiling it.
///
/// # Errors
/// What is wrong with the file, in a sentence for the operator.
pub fn read_manifest(wasm: &[u8], max_bytes: usize) -> Result<Manifest, InstallError> {
    inspect(wasm, max_bytes, false).map(|inspected| inspected.manifest)
}

/// Checks a file; every instruction only where it `is_new`, since that takes long and what was
/// compiled before was validated before.
pub(crate) fn inspect(
    wasm: &[u8],
    max_bytes: usize,
    is_new: bool,
) -> Result<Inspected, InstallError> {
    if wasm.len() > max_bytes {
        return refuse(format!(
            "The file has {} MiB; at most {} are allowed.",
            wasm.len() >> 20,
            max_bytes >> 20
        ));
    }
    if Engine::detect_precompiled(wasm).is_some() {
        return refuse("The file is compiled code. Only WebAssembly components are accepted.");
    }
    let outline = outline(wasm)?;
    let manifest = match outline.manifests.as_slice() {
        [] => return refuse("The file has no manifest. Add one with “talkloom block pack”."),
        [bytes] => Manifest::parse(bytes).map_err(InstallError::Manifest)?,
        _ => return refuse("The file has more than one manifest. It must have exactly one."),
    };
    if is_new {
        validate(wasm)?;
    }
    check_imports(&outline.imports, &manifest)?;
    let exports = exports(&outline.exports)?;
    check_exports(&exports, &manifest)?;
    Ok(Inspected { manifest, exports })
}

fn validate(wasm: &[u8]) -> Result<(), InstallError> {
    Validator::new_with_features(features())
        .validate_all(wasm)
        .map(drop)
        .map_err(|error| InstallError::Malformed(error.to_string()))
}

/// What this host accepts: the settled parts that compilers use.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .union(WasmFeatures::TAIL_CALL)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
        .difference(WasmFeatures::MEMORY64)
        .difference(WasmFeatures::MULTI_MEMORY)
        .difference(WasmFeatures::THREADS)
}

#[derive(Default)]
struct Outline<'a> {
    manifests: Vec<&'a [u8]>,
    imports: Vec<String>,
    exports: Vec<(String, ComponentExternalKind)>,
}

fn outline(wasm: &[u8]) -> Result<Outline<'_>, InstallError> {
    let malformed =
        |error: wasmparser::BinaryReaderError| InstallError::Malformed(error.to_string());
    let mut outline = Outline::default();
    let mut depth = 0_u32;
    let (mut functions, mut nested) = (0_u32, 0_u32);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(malformed)? {
            Payload::Version { encoding, .. } => {
                depth += 1;
                nested += 1;
                if depth == 1 && encoding == Encoding::Module {
                    return refuse(
                        "The file is a plain WebAssembly module. Make a component of it with “talkloom block pack”.",
                    );
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            // Also a nested component could carry a section of that name and confuse other readers.
            Payload::CustomSection(section) if section.name() == SECTION => {
                outline.manifests.push(section.data());
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                read_imports(section, &mut outline).map_err(malformed)?;
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                read_exports(section, &mut outline).map_err(malformed)?;
            }
            Payload::CodeSectionStart { count, .. } => functions = functions.saturating_add(count),
            Payload::CodeSectionEntry(body) if body.range().len() > MAX_FUNCTION_BYTES => {
                return refuse("The file has a function that is too large to be compiled safely.");
            }
            _ => {}
        }
        if functions > MAX_FUNCTIONS || nested > MAX_NESTED {
            return refuse("The file has more functions or parts than a block may have.");
        }
    }
    Ok(outline)
}

fn read_imports<'a>(
    section: ComponentImportSectionReader<'a>,
    outline: &mut Outline<'a>,
) -> wasmparser::Result<()> {
    for import in section {
        outline.imports.push(import?.name.name.to_owned());
    }
    Ok(())
}

fn read_exports<'a>(
    section: ComponentExportSectionReader<'a>,
    outline: &mut Outline<'a>,
) -> wasmparser::Result<()> {
    for export in section {
        let export = export?;
        outline
            .exports
            .push((export.name.name.to_owned(), export.kind));
    }
    Ok(())
}

/// An interface of the contract, by its name without package and version.
fn interface(name: &str) -> Option<&str> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    version.starts_with(VERSION).then_some(interface)
}

fn check_imports(imports: &[String], manifest: &Manifest) -> Result<(), InstallError> {
    for import in imports {
        let Some(name) = interface(import) else {
            return Err(unknown_import(import));
        };
        let asks = |wanted: fn(&PermissionKind) -> bool| {
            manifest.permissions.iter().any(|p| wanted(&p.kind))
        };
        use PermissionKind as Kind;
        let declared = match name {
            "types" | "live" | "log" | "clock" | "random" => true,
            "http" => asks(|k| matches!(k, Kind::Network { .. } | Kind::OptionHosts)),
            "secrets" => asks(|k| matches!(k, Kind::Hmac | Kind::SignJwt | Kind::CompareSecret)),
            "reveal" => asks(|k| matches!(k, Kind::Reveal)),
            "state" => asks(|k| matches!(k, Kind::State)),
            "files" => asks(|k| matches!(k, Kind::Files)),
            "mail" => asks(|k| matches!(k, Kind::Mail)),
            "scripts" => asks(|k| matches!(k, Kind::Scripts)),
            _ => return Err(unknown_import(import)),
        };
        if !declared {
            return refuse(format!(
                "The file uses “{name}”, but its manifest does not ask for that permission."
            ));
        }
    }
    Ok(())
}

fn unknown_import(import: &str) -> InstallError {
    if import.starts_with("wasi:") {
        return InstallError::Refused(format!(
            "The file needs “{import}”. Components that use WASI cannot be installed yet."
        ));
    }
    InstallError::Refused(format!(
        "The file needs “{import}”, which this host does not offer."
    ))
}

fn exports(
    exports: &[(String, ComponentExternalKind)],
) -> Result<BTreeSet<Interface>, InstallError> {
    let mut found = BTreeSet::new();
    for (export, kind) in exports {
        let exported = match interface(export) {
            Some("actions") => Interface::Actions,
            Some("inputs") => Interface::Inputs,
            Some("choices") => Interface::Choices,
            Some("webhooks") => Interface::Webhooks,
            Some("channel") => Interface::Channel,
            Some("migrate") => Interface::Migrate,
            Some("script") => Interface::Script,
            // Other exports are never called: they harm nobody.
            _ => continue,
        };
        if *kind != ComponentExternalKind::Instance {
            return refuse(format!(
                "The file exports “{export}”, but not as an interface."
            ));
        }
        found.insert(exported);
    }
    Ok(found)
}

fn check_exports(exports: &BTreeSet<Interface>, manifest: &Manifest) -> Result<(), InstallError> {
    let declared: BTreeSet<Interface> = manifest.provides.iter().copied().collect();
    if let Some(missing) = declared.difference(exports).next() {
        return refuse(format!(
            "The manifest says that the block provides {missing:?}, but the file does not export it."
        ));
    }
    if let Some(extra) = exports.difference(&declared).next() {
        return refuse(format!(
            "The file exports {extra:?}, but its manifest does not say so."
        ));
    }
    Ok(())
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, InstallError> {
    Err(InstallError::Refused(sentence.into()))
}
