//! Traced columns under the names that DuckDB gives them.

use super::ColumnOrigins;
use super::origins::{Origins, Output};

/// Gives each traced column its name, unless another has the same. Where any number of columns stand in between, those before are counted from the
/// left and those after from the right.
pub(super) fn by_name(outputs: &[Output], names: &[String]) -> ColumnOrigins {
    let mut assigned = ColumnOrigins::new();
    let Some(placed) = place(outputs, names.len()) else {
        return assigned;
    };
    for (output, range) in placed {
        for name in &names[range] {
            if !may_be_called(output, name) {
                // The tree was read otherwise than DuckDB reads it.
                return ColumnOrigins::new();
            }
            let is_only = names.iter().filter(|other| *other == name).count() == 1;
            if let (true, Origins::Known(origins)) = (is_only, &output.origins) {
                assigned.insert(name.clone(), origins.iter().cloned().collect());
            }
        }
    }
    assigned
}

/// Which positions each column takes; none where they do not fit.
fn place(outputs: &[Output], count: usize) -> Option<Vec<(&Output, std::ops::Range<usize>)>> {
    let open = |output: &Output| output.is_many;
    let Some(first) = outputs.iter().position(open) else {
        return (outputs.len() == count).then(|| one_by_one(outputs, 0));
    };
    let last = outputs.iter().rposition(open)?;
    let (before, middle, after) = (&outputs[..first], &outputs[first..=last], &outputs[last + 1..]);
    let taken = before.len() + after.len();
    let end = count.checked_sub(after.len()).filter(|_| taken <= count)?;
    let mut placed = one_by_one(before, 0);
    match middle {
        [many] => placed.push((many, first..end)),
        // Columns of structs that have one field each, or of lists.
        several if several.len() == count - taken && several.iter().all(is_list_or_struct) => {
            placed.extend(one_by_one(several, first));
        }
        _ => {}
    }
    placed.extend(one_by_one(after, end));
    Some(placed)
}

fn is_list_or_struct(output: &Output) -> bool {
    !output.is_many || output.origins != Origins::Unknown
}

fn one_by_one(outputs: &[Output], from: usize) -> Vec<(&Output, std::ops::Range<usize>)> {
    outputs
        .iter()
        .enumerate()
        .map(|(index, output)| (output, from + index..from + index + 1))
        .collect()
}

/// Whether DuckDB may call the column so: by its own name, or by that and a number where two had it.
fn may_be_called(output: &Output, name: &str) -> bool {
    let Some(own) = output.name.as_deref().filter(|_| !output.is_many) else {
        return true;
    };
    let name = name.to_lowercase();
    match name.strip_prefix(own) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('_').is_some_and(|number| {
            !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '_')
        }),
        None => false,
    }
}
