//! Light, dark, or as the system is.

use leptos::prelude::document;

use super::storage::{store_text, stored_text};

const STORAGE_KEY: &str = "goldpan.theme";

/// What the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The name for people and for the attribute.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The next one of the toggle.
    pub fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// What the person chose before, in this browser.
pub fn stored_theme() -> Theme {
    match stored_text(STORAGE_KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Shows the page in a theme and remembers it.
pub fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    let chosen = Some(theme.name()).filter(|_| theme != Theme::System);
    // An attribute of this name can always be set.
    let _ = match chosen {
        None => root.remove_attribute("data-theme"),
        Some(name) => root.set_attribute("data-theme", name),
    };
    store_text(STORAGE_KEY, chosen);
}
