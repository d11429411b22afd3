//! The pages: which parts stand where.
//!
//! Entry point: [`App`].

mod app;
mod bench;
mod broken;
mod catalog;

pub use app::App;
