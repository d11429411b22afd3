//! Raw files that an earlier run left out, and that are as they were.
//!
//! Entry point: [`rejected`].

use crate::source::Rejected;
use crate::survey::Survey;
use crate::target::{Target, TargetError};

/// The files of the newest list that are still there in the same version and that no table has taken in since.
pub(super) async fn rejected(target: &Target, survey: &Survey) -> Result<Vec<Rejected>, TargetError> {
    let listed = target.list("rejected").await?;
    // A run is named by the time of its begin.
    let Some(newest) = listed.iter().filter_map(|list| list.location.filename()).max() else {
        return Ok(Vec::new());
    };
    let Some((bytes, _)) = target.read(&format!("rejected/{newest}")).await? else {
        return Ok(Vec::new());
    };
    // A list of another version is none.
    let list: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let files: Vec<Rejected> = serde_json::from_value(list["files"].clone()).unwrap_or_default();
    let is_there = |file: &Rejected| {
        let Some(Ok((_, listed))) = survey.sources.get(&file.source) else {
            return false;
        };
        let mut listed = listed.iter();
        listed.any(|raw| raw.input.path == file.path && raw.input.version == file.version)
    };
    let is_taken_in = |file: &Rejected| {
        let states = survey.published.values().filter_map(|table| table.state.as_ref());
        let mut inputs = states
            .filter_map(|state| state.inputs.get(&file.source))
            .flatten();
        inputs.any(|input| input.path == file.path && input.version == file.version)
    };
    Ok(files
        .into_iter()
        .filter(|file| is_there(file) && !is_taken_in(file))
        .collect())
}
