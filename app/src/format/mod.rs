//! Numbers, sizes, durations, ages and values as people read them.
//!
//! Purpose: one spelling of each quantity over the whole page. Nothing here touches the browser.
//!
//! Entry points: [`count`], [`bytes`], [`duration`], [`age`], [`value`].

mod failure;
mod quantity;
mod time;
mod values;

pub use failure::{CORS_RULE, failure_advice, failure_title};
pub use quantity::{bytes, bytes_of, compact, count, duration, percent, plural};
pub use time::{age, civil_micros, civil_text, unit_end};
pub use values::{bound, value};
