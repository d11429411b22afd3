//! The menu that says from how many bytes on the person is asked.

use leptos::prelude::*;

use crate::format;
use crate::state::{Budget, Session};

/// The limits of the menu: those that are offered, and the one that is chosen if it is another.
fn choices(chosen: Option<u64>) -> Vec<Option<u64>> {
    let mut choices = Budget::CHOICES.to_vec();
    choices.extend(chosen);
    choices.sort_unstable();
    choices.dedup();
    choices.into_iter().map(Some).chain([None]).collect()
}

fn label(limit: Option<u64>) -> String {
    limit.map_or_else(
        || "never".to_owned(),
        |bytes| format!("above {}", format::bytes(bytes)),
    )
}

/// When a person is asked before a query fetches much.
#[component]
pub fn BudgetSetting() -> impl IntoView {
    let session = expect_context::<Session>();
    let budget = session.budget;
    view! {
        <section class="budget-setting" aria-label="Byte budget">
            <div>
                <h3>
                    <label for="budget">"Ask before a query fetches much"</label>
                </h3>
                <p class="note">"For what you run on this page. The console has its own option."</p>
            </div>
            <select
                id="budget"
                class="select"
                data-testid="budget"
                on:change=move |event| budget.choose_value(&event_target_value(&event))
            >
                {move || {
                    let chosen = budget.bytes();
                    choices(chosen)
                        .into_iter()
                        .map(|limit| {
                            view! {
                                <option value=Budget::value_of(limit) selected=limit == chosen>
                                    {label(limit)}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_offered_is_in_the_menu_while_it_is_chosen() {
        assert!(choices(Some(123)).contains(&Some(123)));
        assert_eq!(choices(Some(200_000_000)).len(), Budget::CHOICES.len() + 1);
        assert_eq!(choices(None).last(), Some(&None));
    }

    #[test]
    fn limits_are_named_in_the_units_of_the_page() {
        assert_eq!(label(Some(200_000_000)), "above 200 MB");
        assert_eq!(label(None), "never");
    }
}
