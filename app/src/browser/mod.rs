//! The browser's edge: history, clipboard, downloads, storage, network, clocks and files.
//!
//! Purpose: components say what they want of the browser in one call each; web APIs are named here, in
//! `engine::link` and in `console` only.
//!
//! Invariant: nothing here fails loudly. What a browser denies (storage, clipboard) is reported as not done.
//!
//! Entry points: the functions of the submodules.

mod address;
mod clipboard;
mod clock;
mod dropped;
mod hardware;
mod keyboard;
mod menu;
mod network;
mod offline;
mod pointer;
mod storage;
mod theme;

pub use address::{base_url, on_back, push_query, query_string, reload, remove_splash, set_title};
pub use clipboard::{copy_text, download_text, share_url};
pub use clock::{now_ms, sleep_ms, unix_now_ms};
pub use dropped::{dropped_files, holds_files, picked_files};
pub use hardware::hardware_threads;
pub use keyboard::{is_in_dialog, is_typing, on_key};
pub use menu::choose_first;
pub use network::{is_online, on_network};
pub use offline::keep_page;
pub use pointer::{capture_pointer, place_in_target};
pub use storage::{store_text, stored_text};
pub use theme::{Theme, apply_theme, stored_theme};

/// A file on the person's disk.
pub type File = web_sys::File;
