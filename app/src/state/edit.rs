//! Edits of a slice's groups, measures and order.
//!
//! Invariant: after each edit the labels of the result's columns differ, and the order names one of them.

use catalog::{Column, ColumnType};
use protocol::Slice;
use protocol::slice::{Function, Grouping, Measure, Order};

use super::grain_for_span;

/// Adds a group by this column; the first one brings a count along.
pub fn add_grouping(slice: &mut Slice, column: &Column) {
    let grouping = Grouping {
        column: column.name.clone(),
        grain: grain_for_span(column),
    };
    if slice
        .group_by
        .iter()
        .any(|known| known.label() == grouping.label())
    {
        return;
    }
    let is_first = slice.group_by.is_empty() && slice.measures.is_empty();
    slice.group_by.push(grouping);
    if is_first {
        slice.measures.push(Measure::count());
    }
    settle(slice);
}

/// Puts a group in the place of another, or takes it away.
pub fn set_grouping(slice: &mut Slice, index: usize, grouping: Option<Grouping>) {
    if index >= slice.group_by.len() {
        return;
    }
    match grouping {
        Some(grouping) => slice.group_by[index] = grouping,
        None => {
            slice.group_by.remove(index);
        }
    }
    settle(slice);
}

/// Adds a measure, unless it is there.
pub fn add_measure(slice: &mut Slice, measure: Measure) {
    slice.measures.push(measure);
    settle(slice);
}

/// Puts a measure in the place of another, or takes it away.
pub fn set_measure(slice: &mut Slice, index: usize, measure: Option<Measure>) {
    if index >= slice.measures.len() {
        return;
    }
    match measure {
        Some(measure) => slice.measures[index] = measure,
        None => {
            slice.measures.remove(index);
        }
    }
    settle(slice);
}

/// Orders by a result column: first descending for measures, ascending for the rest, then the other way round.
pub fn toggle_order(slice: &mut Slice, label: &str) {
    let is_measure = slice.measures.iter().any(|measure| measure.label() == label);
    let descending = match &slice.order {
        Some(order) if order.column == label => !order.descending,
        _ => is_measure,
    };
    slice.order = Some(Order {
        column: label.to_owned(),
        descending,
    });
}

/// What a grouped slice's result columns are called; none when rows are listed.
pub fn labels(slice: &Slice) -> Vec<String> {
    let groups = slice.group_by.iter().map(Grouping::label);
    groups.chain(slice.measures.iter().map(Measure::label)).collect()
}

/// The functions that make sense of a column.
pub fn functions_for(column: &Column) -> Vec<Function> {
    let is_ordered = !matches!(
        column.column_type,
        ColumnType::Other(_) | ColumnType::Binary | ColumnType::Boolean
    );
    Function::ALL
        .into_iter()
        .filter(|function| match function {
            Function::Count | Function::Distinct => true,
            Function::Sum | Function::Avg | Function::Median => column.column_type.is_numeric(),
            Function::Min | Function::Max => is_ordered,
        })
        .collect()
}

fn settle(slice: &mut Slice) {
    let mut seen = Vec::new();
    let mut is_new = |label: String| {
        let is_new = !seen.contains(&label);
        seen.push(label);
        is_new
    };
    slice.group_by.retain(|grouping| is_new(grouping.label()));
    slice.measures.retain(|measure| is_new(measure.label()));
    if let Some(order) = &slice.order
        && !labels(slice).contains(&order.column)
    {
        slice.order = None;
    }
}

#[cfg(test)]
mod tests {
    use catalog::ColumnStatistics;
    use protocol::slice::Grain;

    use super::*;

    fn column(name: &str, column_type: ColumnType) -> Column {
        Column {
            field_id: 1,
            name: name.to_owned(),
            original_name: None,
            role: column_type.default_role(),
            column_type,
            nullable: false,
            description: None,
            statistics: ColumnStatistics::default(),
        }
    }

    #[test]
    fn the_first_group_brings_a_count_and_is_not_added_twice() {
        let mut slice = Slice::of("flights");
        let time = column("time", ColumnType::Date);
        add_grouping(&mut slice, &time);
        add_grouping(&mut slice, &time);
        assert_eq!(labels(&slice), ["time (month)", "count"]);
    }

    #[test]
    fn the_order_goes_with_the_column_that_it_names() {
        let mut slice = Slice::of("flights");
        add_grouping(&mut slice, &column("origin", ColumnType::String));
        toggle_order(&mut slice, "count");
        assert_eq!(
            slice.order,
            Some(Order {
                column: "count".to_owned(),
                descending: true
            })
        );
        toggle_order(&mut slice, "count");
        assert_eq!(
            slice.order,
            Some(Order {
                column: "count".to_owned(),
                descending: false
            })
        );
        set_measure(&mut slice, 0, None);
        assert_eq!(slice.order, None);
    }

    #[test]
    fn two_grains_of_one_column_may_stand_side_by_side_but_not_the_same_twice() {
        let grain = |grain| {
            Some(Grouping {
                column: "time".to_owned(),
                grain: Some(grain),
            })
        };
        let mut slice = Slice::of("flights");
        add_grouping(&mut slice, &column("time", ColumnType::Date));
        add_grouping(&mut slice, &column("origin", ColumnType::String));
        set_grouping(&mut slice, 1, grain(Grain::Year));
        assert_eq!(labels(&slice), ["time (month)", "time (year)", "count"]);
        set_grouping(&mut slice, 1, grain(Grain::Month));
        assert_eq!(labels(&slice), ["time (month)", "count"]);
    }

    #[test]
    fn text_is_not_summed() {
        let functions = functions_for(&column("origin", ColumnType::String));
        assert_eq!(
            functions,
            [Function::Count, Function::Min, Function::Max, Function::Distinct]
        );
        let functions = functions_for(&column("tags", ColumnType::Other("List(Utf8)".to_owned())));
        assert_eq!(functions, [Function::Count, Function::Distinct]);
    }
}
