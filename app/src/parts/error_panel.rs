//! What went wrong and what a person can do about it.

use leptos::prelude::*;
use protocol::{Failure, FailureKind};

use super::{Glyph, Icon};
use crate::browser;
use crate::format::{CORS_RULE, failure_advice, failure_title};
use crate::state::Session;

/// A failure with its way out.
#[component]
pub fn ErrorPanel(
    /// What went wrong.
    failure: Failure,
    /// What did not work, where the kind of failure does not say it.
    #[prop(optional)]
    title: Option<&'static str>,
    /// Tries again; without it there is no button.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// Takes the panel away; without it there is no button.
    #[prop(optional, into)]
    on_dismiss: Option<Callback<()>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Failure {
        kind,
        message,
        hint,
        causes,
    } = failure;
    let hint = hint.unwrap_or_else(|| failure_advice(kind).to_owned());
    let retry_label = match kind {
        FailureKind::ProtocolMismatch => "Reload",
        FailureKind::StaleSnapshot => "Reload data",
        FailureKind::OverBudget if title.is_none() => "Run anyway",
        _ => "Try again",
    };
    let has_retry = on_retry.is_some() && kind != FailureKind::InvalidQuery;
    let is_quiet = kind == FailureKind::Cancelled;
    let has_causes = !causes.is_empty();
    view! {
        <section
            class="error-panel"
            class:is-quiet=is_quiet
            role="alert"
            data-testid="error-panel"
            data-kind=format!("{kind:?}")
        >
            <div class="error-mark">
                <Icon glyph=Glyph::Alert />
            </div>
            <div class="error-text">
                <h2>{title.unwrap_or_else(|| failure_title(kind))}</h2>
                <p class="error-message">{message}</p>
                <p class="error-hint">{hint}</p>
                {(kind == FailureKind::Cors).then(|| view! { <CorsRule session=session /> })}
                {has_causes
                    .then(|| {
                        view! {
                            <details>
                                <summary>"Details"</summary>
                                <ul class="error-causes">
                                    {causes.into_iter().map(|cause| view! { <li>{cause}</li> }).collect_view()}
                                </ul>
                            </details>
                        }
                    })}
                <div class="error-actions">
                    {on_retry
                        .filter(|_| has_retry)
                        .map(|retry| {
                            let class = if kind.is_retryable() { "button is-primary" } else { "button" };
                            view! {
                                <button type="button" class=class on:click=move |_| if kind == FailureKind::ProtocolMismatch { browser::reload() } else { retry.run(()) }>
                                    {retry_label}
                                </button>
                            }
                        })}
                    {on_dismiss
                        .map(|dismiss| {
                            view! {
                                <button type="button" class="button" on:click=move |_| dismiss.run(())>
                                    "Dismiss"
                                </button>
                            }
                        })}
                </div>
            </div>
        </section>
    }
}

#[component]
fn CorsRule(session: Session) -> impl IntoView {
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            let copied = browser::copy_text(CORS_RULE).await;
            session.notify(Some(if copied {
                "Rule copied."
            } else {
                "The browser does not allow copying."
            }));
        });
    };
    view! {
        <div class="cors-rule">
            <p>
                "Add this rule to the bucket, for example with "
                <code>"aws s3api put-bucket-cors --bucket NAME --cors-configuration file://cors.json"</code> ":"
            </p>
            <pre tabindex="0">{CORS_RULE}</pre>
            <button type="button" class="button" on:click=copy>
                "Copy rule"
            </button>
        </div>
    }
}
