//! What happens to a table that grows.

use std::collections::BTreeMap;

use super::difference::Difference;
use super::{Action, Decision, Increment, Situation};
use crate::print;
use crate::project::Strategy;
use crate::source::{RawFile, same_content, taken_in_as};
use crate::state::{InputFile, TableState};

/// Raw files that are in a version and are not there any more: making the table anew would lose their rows.
pub fn would_lose(now: &[RawFile], before: &[InputFile]) -> Option<String> {
    let gone = Difference::of(now, before).gone;
    (!gone.is_empty()).then(|| {
        let verb = if gone.len() == 1 { "is" } else { "are" };
        format!(
            "it would have to be made anew, but {} that {verb} in it {verb} not there any more: their rows would be lost. \
             Bring the files back, or accept the loss with --full-refresh",
            print::counted(gone.len() as u64, "file"),
        )
    })
}

/// Decides for an incremental table of which a version is published.
pub(super) fn decide(
    situation: &Situation<'_>,
    decision: &mut Decision,
    state: &TableState,
    changes: Vec<String>,
    source: &str,
    strategy: Strategy,
) {
    let listed = situation.files(source);
    let before = state.inputs.get(source).map_or(&[][..], Vec::as_slice);
    let difference = Difference::of(listed, before);
    if !changes.is_empty() {
        decision.action = match would_lose(listed, before) {
            Some(loss) => Action::Refused(format!("{}: {loss}", changes.join(", "))),
            None => Action::Rebuild { if_changed: false },
        };
        decision.reasons = changes;
        return;
    }
    let is_again = |file: &RawFile| {
        situation
            .options
            .since
            .is_some_and(|since| file.modified >= since)
    };
    let recorded: BTreeMap<&str, &InputFile> = before.iter().map(|file| (file.path.as_str(), file)).collect();
    let is_known = |file: &RawFile| {
        let recorded = recorded.get(file.input.path.as_str());
        recorded.is_some_and(|recorded| same_content(file, recorded))
    };
    // Rows that come again may replace later ones, where any are replaced.
    let again = match strategy {
        Strategy::Append => redelivered(situation, source, listed, &recorded, before),
        _ => Vec::new(),
    };
    let is_left_out = |file: &RawFile| again.iter().any(|(again, _)| again.path == file.input.path);
    let known_again = listed.iter().any(|file| is_again(file) && is_known(file));
    // Of what is read in parts only rows come that were not there.
    let is_growing = |path: &String| {
        let mut growing = listed.iter().filter(|file| file.is_growing());
        growing.any(|file| file.input.path == *path)
    };
    let changed = difference.changed.iter().find(|path| !is_growing(path));
    if strategy == Strategy::Append && (changed.is_some() || known_again) {
        let what = match changed {
            Some(path) => format!("{path} changed after it was taken in"),
            None => "--since names files that were taken in".to_owned(),
        };
        decision.action = Action::Refused(format!(
            "{what}, and strategy append would add their rows a second time: use strategy merge, delete+insert or \
             partition_overwrite, or make the table anew with --full-refresh"
        ));
        return;
    }
    note(situation, decision, state, source, &difference);
    let asked = listed
        .iter()
        .filter_map(|file| file.asked(recorded.get(file.input.path.as_str()).copied()));
    decision.notes.extend(asked);
    let files: Vec<RawFile> = listed
        .iter()
        .filter(|file| !is_left_out(file) && (is_again(file) || !is_known(file)))
        .map(|file| file.beyond(recorded.get(file.input.path.as_str()).copied()))
        .collect();
    for (file, other) in &again {
        let path = &file.path;
        decision.notes.push(format!(
            "{path} has the content of {other}, which was taken in: it is left out"
        ));
    }
    let again: Vec<InputFile> = again.into_iter().map(|(file, _)| file).collect();
    let is_new = |path: &String| again.iter().all(|file| file.path != *path);
    let difference = Difference {
        new: difference.new.into_iter().filter(is_new).collect(),
        gone: Vec::new(),
        ..difference
    };
    if !again.is_empty() {
        decision.known.insert(source.to_owned(), again);
    }
    if files.is_empty() {
        return;
    }
    decision.reasons = difference.words(source);
    if known_again {
        decision.reasons.push("--since".to_owned());
    }
    decision.action = Action::Increment(Increment {
        source: source.to_owned(),
        files,
        types: state.types_of_input(source).clone(),
    });
}

/// Files of new names whose content was taken in, as they are to be noted, each with the name that it was taken in by.
fn redelivered(
    situation: &Situation<'_>,
    source: &str,
    listed: &[RawFile],
    recorded: &BTreeMap<&str, &InputFile>,
    before: &[InputFile],
) -> Vec<(InputFile, String)> {
    let Some(Ok((config, _))) = situation.sources.get(source) else {
        return Vec::new();
    };
    let unknown = listed
        .iter()
        .filter(|file| !recorded.contains_key(file.input.path.as_str()));
    let known = unknown.filter_map(|file| {
        let other = taken_in_as(file, config, before)?;
        let noted = InputFile {
            hash: other.hash.clone(),
            ..file.input.clone()
        };
        Some((noted, other.path.clone()))
    });
    known.collect()
}

/// What changed and does not reach rows that are there.
fn note(
    situation: &Situation<'_>,
    decision: &mut Decision,
    state: &TableState,
    source: &str,
    difference: &Difference,
) {
    if !difference.gone.is_empty() {
        let count = difference.gone.len();
        decision.notes.push(format!(
            "{} of source.{source} that {} taken in {} gone; the rows stay",
            print::counted(count as u64, "file"),
            if count == 1 { "was" } else { "were" },
            if count == 1 { "is" } else { "are" },
        ));
    }
    let mut others: Vec<String> = state
        .inputs
        .iter()
        .filter(|(name, _)| *name != source)
        .flat_map(|(other, before)| Difference::of(situation.files(other), before).words(other))
        .collect();
    others.extend(state.upstream.iter().filter_map(|(name, before)| {
        let table = name.strip_prefix("gold.")?;
        let now = situation.published.get(table)?.content();
        (now != before).then(|| format!("{name} changed"))
    }));
    if !others.is_empty() {
        decision.notes.push(format!(
            "{}; rows that are there keep what they were made of (--full-refresh makes them anew)",
            others.join(", ")
        ));
    }
}
