//! Tries the chat API with requests that are drawn from its own description.

use std::path::Path;

use anyhow::{Context, Result};
use services::python::Package;
use xshell::{Shell, cmd};

use crate::browser::Server;
use crate::system;

const SCHEMATHESIS: Package = Package {
    name: "schemathesis",
    version: "4.32.5",
};
/// Seconds that drawing and trying may take.
const LONGEST: &str = "60";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

/// Starts a server with the demo bot on a free port and tries every operation.
///
/// # Errors
/// When an answer is a fault of the server or is not as described, or a part cannot be installed.
pub fn test(sh: &Shell, talkloom: &Path) -> Result<()> {
    system::python(sh)?;
    let schemathesis = SCHEMATHESIS.program("schemathesis")?;
    let data = sh.create_temp_dir()?;
    let server = Server::start(sh, talkloom, data.path())?;
    let folder = data.path();
    let token = cmd!(sh, "{talkloom} token create schemathesis --data {folder}")
        .quiet()
        .read()?;
    let origin = format!("http://{}", server.address);
    let header = format!("Authorization: Bearer {token}");
    // It keeps notes where it runs.
    let _folder = sh.push_dir(data.path());
    cmd!(
        sh,
        "{schemathesis} run {origin}/api/openapi.json --checks {CHECKS} --header {header}
         --max-time {LONGEST} --max-failures 20 --seed 1 --warnings off --no-color
         --request-timeout 30 --suppress-health-check all"
    )
    .quiet()
    .env("PYTHONWARNINGS", "ignore")
    .run()
    .context("schemathesis found answers that are not as they are described")
}
