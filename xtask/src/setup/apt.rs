//! Packages of Debian and Ubuntu, where they can be installed without asking a question.
//!
//! Entry points: [`is_usable`], [`install`], [`command_line`].

use anyhow::Result;

use crate::workspace::{Workspace, on_path};

/// Whether `apt-get` is there and may be run as root without a password.
pub fn is_usable(workspace: &Workspace) -> bool {
    on_path("apt-get").is_some() && (is_root(workspace) || workspace.succeeds("sudo", &["-n", "true"]))
}

/// What a person types to install `packages`.
pub fn command_line(packages: &[&str]) -> String {
    format!("sudo apt-get install {}", packages.join(" "))
}

/// Installs `packages`.
pub fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let apt = |args: &[&str]| {
        let prefix: &[&str] = if is_root(workspace) {
            &["env"]
        } else {
            &["sudo", "-n", "env"]
        };
        let command = workspace.cmd(prefix[0]).args(&prefix[1..]).args([
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-q",
        ]);
        command.args(args).quiet().run()
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends"]
        .iter()
        .chain(packages)
        .copied()
        .collect::<Vec<_>>())?;
    Ok(())
}

fn is_root(workspace: &Workspace) -> bool {
    workspace.read("id", &["-u"]).as_deref() == Some("0")
}
