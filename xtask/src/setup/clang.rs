//! A C compiler that can emit WebAssembly: the Parquet codecs zstd and others are C.
//!
//! `.cargo/config.toml` names `clang` and `llvm-ar`; where these have other names (Debian's numbered packages,
//! Homebrew's LLVM beside Apple's clang) the variables of the `cc` crate point at them.
//!
//! Entry points: [`run`], [`variables`].

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::apt;
use crate::report::step;
use crate::workspace::{Workspace, on_path};

const CC: &str = "CC_wasm32_unknown_unknown";
const AR: &str = "AR_wasm32_unknown_unknown";
const NEWEST_LLVM: u32 = 24;
const OLDEST_LLVM: u32 = 13;

/// Checks that C compiles to wasm32, and installs clang where apt can.
pub fn run(workspace: &Workspace) -> Result<()> {
    if compiles_to_wasm(workspace)? {
        return Ok(());
    }
    let packages = ["clang", "llvm"];
    if !apt::is_usable(workspace) {
        bail!(
            "no C compiler with a wasm32 back end. Install one and run this again:\n    {}",
            if cfg!(target_os = "macos") {
                "brew install llvm".to_owned()
            } else {
                format!(
                    "{}    (or your system's packages of the same names)",
                    apt::command_line(&packages)
                )
            }
        );
    }
    step(
        "install clang",
        "the engine's codecs are C, compiled to WebAssembly",
        || apt::install(workspace, &packages),
    )?;
    if compiles_to_wasm(workspace)? {
        return Ok(());
    }
    bail!(
        "clang was installed but still does not compile to wasm32; set {CC} and {AR} to a clang and an llvm-ar that do"
    )
}

/// The variables that lead the `cc` crate to a suitable compiler, if `clang` and `llvm-ar` on PATH are not it.
pub fn variables() -> Vec<(&'static str, OsString)> {
    if env::var_os(CC).is_some() || env::var_os(AR).is_some() {
        return Vec::new();
    }
    match toolchain() {
        Some((clang, _)) if clang == Path::new("clang") => Vec::new(),
        Some((clang, ar)) => vec![(CC, clang.into()), (AR, ar.into())],
        None => Vec::new(),
    }
}

fn toolchain() -> Option<(PathBuf, PathBuf)> {
    let homebrew = ["/opt/homebrew/opt/llvm/bin", "/usr/local/opt/llvm/bin"]
        .iter()
        .map(Path::new);
    let homebrew = homebrew
        .map(|bin| (bin.join("clang"), bin.join("llvm-ar")))
        .filter(|(clang, _)| clang.is_file());
    let plain = [("clang".to_owned(), "llvm-ar".to_owned())].into_iter();
    let numbered = (OLDEST_LLVM..=NEWEST_LLVM)
        .rev()
        .map(|n| (format!("clang-{n}"), format!("llvm-ar-{n}")));
    let named = plain
        .chain(numbered)
        .filter(|(clang, ar)| on_path(clang).is_some() && on_path(ar).is_some());
    homebrew
        .chain(named.map(|(clang, ar)| (clang.into(), ar.into())))
        .next()
}

fn compiles_to_wasm(workspace: &Workspace) -> Result<bool> {
    let variable = |name: &str, default: &str| {
        let set = variables()
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value);
        PathBuf::from(env::var_os(name).or(set).unwrap_or_else(|| default.into()))
    };
    let scratch = workspace.shell.create_temp_dir()?;
    let object = scratch.path().join("probe.o");
    let object = object
        .to_str()
        .context("the folder for temporary files is not valid UTF-8")?;
    let source = scratch.path().join("probe.c");
    workspace
        .shell
        .write_file(&source, "int probe(void) { return 1; }\n")?;
    let source = source
        .to_str()
        .context("the folder for temporary files is not valid UTF-8")?;
    let target = "--target=wasm32-unknown-unknown";
    Ok(
        workspace.succeeds(variable(CC, "clang"), &[target, "-c", source, "-o", object])
            && workspace.succeeds(variable(AR, "llvm-ar"), &["--version"]),
    )
}
