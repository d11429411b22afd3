//! The page: components, gestures and URL state.
//!
//! Purpose: an analyst slices the tables of a lake, or local files, by gestures and SQL.
//!
//! Invariant: the page computes no answer itself; what it shows comes from a manifest or from the engine. It knows
//! nothing of how a query is executed.
//!
//! Entry points: [`pages::App`] (what is on the screen), [`state::Session`] (what is open), [`console`] (the public
//! `window.goldpan`).

mod browser;
mod console;
mod engine;
mod format;
mod pages;
mod parts;
mod result;
mod state;
mod widgets;

fn main() {
    console_error_panic_hook::set_once();
    browser::remove_splash();
    leptos::mount::mount_to_body(|| {
        let session = state::Session::start();
        console::install(session);
        leptos::view! { <pages::App session=session /> }
    });
}
