//! The menu that says how many workers compute.

use leptos::prelude::*;
use protocol::Workers;

use crate::format;
use crate::state::{Pool, Session};

/// The numbers of the menu: the engine's own choice, those that are offered, and the one that is chosen if it is another.
fn choices(chosen: Option<u32>) -> Vec<Option<u32>> {
    let mut choices: Vec<Option<u32>> = Pool::CHOICES
        .into_iter()
        .map(Some)
        .chain([None, chosen])
        .collect();
    choices.sort_unstable();
    choices.dedup();
    choices
}

fn label(count: Option<u32>) -> String {
    count.map_or_else(|| "automatic".to_owned(), |count| count.to_string())
}

/// How many work at the moment, in a sentence.
fn size_text(size: Workers) -> String {
    match (size.ready, size.wanted) {
        (ready, wanted) if ready >= wanted => format!("{} ready.", format::plural(ready.into(), "worker")),
        (ready, wanted) => format!(
            "{ready} of {} ready; the others start when a query is large enough.",
            format::plural(wanted.into(), "worker")
        ),
    }
}

/// How many workers share the computing.
#[component]
pub fn WorkersSetting() -> impl IntoView {
    let session = expect_context::<Session>();
    let pool = session.pool;
    pool.follow(session.engine());
    view! {
        <section class="budget-setting" aria-label="Workers">
            <div>
                <h3>
                    <label for="workers">"Workers"</label>
                </h3>
                <p class="note">"How many threads share a query. More are faster, and take more memory."</p>
                <p class="note" data-testid="workers-ready">
                    {move || pool.size().map(size_text)}
                </p>
            </div>
            <select
                id="workers"
                class="select"
                data-testid="workers"
                on:change=move |event| pool.choose_value(&session.engine(), &event_target_value(&event))
            >
                {move || {
                    let chosen = pool.choice();
                    choices(chosen)
                        .into_iter()
                        .map(|count| {
                            view! {
                                <option value=Pool::value_of(count) selected=count == chosen>
                                    {label(count)}
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
    fn a_number_that_is_not_offered_is_in_the_menu_while_it_is_chosen() {
        assert_eq!(choices(None).len(), Pool::CHOICES.len() + 1);
        assert_eq!(choices(None).first(), Some(&None));
        assert!(choices(Some(3)).contains(&Some(3)));
        assert_eq!(choices(Some(2)).len(), Pool::CHOICES.len() + 1);
    }

    #[test]
    fn workers_that_are_not_there_yet_are_explained() {
        let size = |ready, wanted| size_text(Workers { wanted, ready });
        assert_eq!(size(2, 2), "2 workers ready.");
        assert_eq!(size(1, 1), "1 worker ready.");
        assert!(size(1, 8).starts_with("1 of 8 workers ready"));
    }
}
