//! The command `ingest`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingest::cli::run()
}
