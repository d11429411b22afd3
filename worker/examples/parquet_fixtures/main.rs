//! Writes Parquet files by parquet-rs for the browser tests: `parquet_fixtures sound FOLDER` those of many types,
//! encodings and layouts, `parquet_fixtures hostile FOLDER` damaged ones and such that lie. The same program writes
//! the same bytes.

mod files;
mod hostile;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

/// Files with random damage.
const SEEDS: u64 = 300;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (files, folder) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sound", folder] => (files::all(), folder),
        ["hostile", folder] => (hostile_files(), folder),
        _ => {
            eprintln!("usage: parquet_fixtures sound|hostile FOLDER");
            return ExitCode::FAILURE;
        }
    };
    match write(Path::new(folder), &files) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write below {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// By names that tell what has to come of them: `refused`, `calm` or `random`.
fn hostile_files() -> Vec<files::Named> {
    let lies = hostile::lies().into_iter().flat_map(|(topic, lies)| {
        lies.into_iter().map(move |lie| {
            let wanted = match lie.wanted {
                hostile::Wanted::Failure => "refused",
                hostile::Wanted::Calm => "calm",
            };
            (
                format!("{wanted} {topic}, {}", lie.name).replace(' ', "_"),
                lie.bytes,
            )
        })
    });
    let small = files::small();
    let random = (0..SEEDS).map(|seed| (format!("random_{seed:03}"), hostile::random(&small, seed).1));
    let sound = ("calm_sound".to_owned(), hostile::sound());
    lies.chain(random).chain([sound]).collect()
}

fn write(folder: &Path, files: &[files::Named]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    files
        .iter()
        .try_for_each(|(name, bytes)| fs::write(folder.join(format!("rs_{name}.parquet")), bytes))
}
