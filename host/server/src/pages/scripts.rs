//! Which scripts from elsewhere a bot's page may load: those of the blocks that the bot uses, as far
//! as the operator grants them. A page without such blocks loads none.

use std::collections::BTreeSet;

use talkloom_flow::BlockKind;

use crate::App;
use crate::versions::LoadedVersion;

/// The origins, in order. A bot that leads to others may come to any block that is installed.
pub(super) fn origins(app: &App, version: &LoadedVersion) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let groups = version.flow.document().groups.items();
    for block in groups.flat_map(|group| group.blocks.items()) {
        let block_type = block.type_name();
        let pin = version.pins.get(block_type).map(|pin| pin.digest.as_str());
        let installed = app.blocks.find(block_type, pin);
        // A version that no conversation called yet may not be loaded.
        if let Some(installed) = installed.or_else(|| app.blocks.find(block_type, None)) {
            found.extend(installed.page_scripts().map(str::to_owned));
        }
        if matches!(block.kind, BlockKind::Link(_)) {
            let all = app.blocks.installed();
            let scripts = all.iter().flat_map(|installed| installed.page_scripts());
            found.extend(scripts.map(str::to_owned));
        }
    }
    found
}
