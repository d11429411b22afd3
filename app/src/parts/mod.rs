//! The components of the pages.
//!
//! Purpose: each file is one part of the screen, with a style sheet of the same name.
//!
//! Invariant: parts read [`crate::state`] and change it through its methods; none keeps an answer of its own.
//!
//! Entry points: [`TopBar`], [`FieldList`], [`Shelf`], [`ResultPanel`], [`StatusLine`].

mod budget_setting;
mod dialog;
mod drop_zone;
mod error_panel;
mod facet;
mod field;
mod field_list;
mod filter_chips;
mod histogram;
mod icon;
mod keep_offline;
mod open_file;
mod open_url;
mod over_budget;
mod overview;
mod partial_banner;
mod plan_figures;
mod plan_panel;
mod range_inputs;
mod result_panel;
mod result_picture;
mod result_rows;
mod shelf;
mod shelf_lists;
mod shortcuts;
mod sql_panel;
mod status_line;
mod storage_caches;
mod storage_dialog;
mod storage_pins;
mod table_list;
mod toast;
mod top_bar;
mod workers_setting;

pub use drop_zone::DropZone;
pub use error_panel::ErrorPanel;
pub use field_list::FieldList;
pub use filter_chips::FilterChips;
pub use icon::{Glyph, Icon};
pub use open_file::OpenFileButton;
pub use open_url::OpenUrlDialog;
pub use result_panel::ResultPanel;
pub use shelf::Shelf;
pub use shortcuts::ShortcutsDialog;
pub use sql_panel::SqlPanel;
pub use status_line::StatusLine;
pub use storage_dialog::StorageDialog;
pub use table_list::TableNav;
pub use toast::Toast;
pub use top_bar::TopBar;
