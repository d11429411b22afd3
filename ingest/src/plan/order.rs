//! Topological order of models.

use std::collections::{BTreeMap, BTreeSet};

use super::{Name, PlannedModel};
use crate::project::ModelError;

/// Models in an order in which each comes after what it needs, by name where that leaves a choice; and those
/// that need themselves, directly or through others.
pub(super) fn sort(mut waiting: BTreeMap<Name, PlannedModel>) -> (Vec<PlannedModel>, Vec<ModelError>) {
    let mut sorted = Vec::with_capacity(waiting.len());
    let mut refused = Vec::new();
    loop {
        let ready = waiting
            .iter()
            .find(|(_, model)| !model.needs().any(|name| waiting.contains_key(name)))
            .map(|(name, _)| name.clone());
        if let Some(model) = ready.and_then(|name| waiting.remove(&name)) {
            sorted.push(model);
            continue;
        }
        let Some(start) = waiting.keys().next().cloned() else {
            return (sorted, refused);
        };
        let cycle = find_cycle(&waiting, start);
        let path: Vec<String> = cycle.iter().chain(cycle.first()).map(Name::to_string).collect();
        for name in &cycle {
            if let Some(planned) = waiting.remove(name) {
                refused.push(ModelError {
                    name: name.to_string(),
                    file: planned.model.file,
                    reason: format!(
                        "it reads itself through {}: take one of these references out",
                        path.join(" -> ")
                    ),
                });
            }
        }
    }
}

/// Follows what models need until a model comes again.
fn find_cycle(waiting: &BTreeMap<Name, PlannedModel>, start: Name) -> Vec<Name> {
    let mut path: Vec<Name> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut at = start;
    while seen.insert(at.clone()) {
        let next = waiting
            .get(&at)
            .and_then(|model| model.needs().find(|name| waiting.contains_key(*name)).cloned());
        path.push(at.clone());
        match next {
            Some(next) => at = next,
            None => return path,
        }
    }
    let first = path.iter().position(|name| *name == at).unwrap_or(0);
    path.split_off(first)
}
