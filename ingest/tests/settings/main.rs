//! Settings, credentials, limits and logs, as a person or a scheduler meets them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bucket;
mod cloud;
mod credentials;
mod fixture;
mod json_lines;
#[cfg(target_os = "linux")]
mod limits;
mod metadata;
mod places;
mod precedence;
#[cfg(target_os = "linux")]
mod read_only;
mod retries;
