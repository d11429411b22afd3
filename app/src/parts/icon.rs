//! Small pictures, drawn with the colour of the text beside them.

use catalog::ColumnType;
use leptos::prelude::*;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    Close,
    Exclude,
    ChevronRight,
    ChevronDown,
    Search,
    File,
    Link,
    Table,
    Group,
    Sigma,
    Sun,
    Moon,
    Monitor,
    Keyboard,
    Storage,
    Download,
    Code,
    Plan,
    Play,
    Stop,
    Back,
    Alert,
    Fields,
    Ascending,
    Descending,
    Text,
    Number,
    Calendar,
    Toggle,
    Braces,
}

impl Glyph {
    /// The picture of a type.
    pub fn of_type(column_type: &ColumnType) -> Self {
        match column_type {
            ColumnType::String => Self::Text,
            ColumnType::Boolean => Self::Toggle,
            ColumnType::Date | ColumnType::Time | ColumnType::Timestamp { .. } => Self::Calendar,
            ColumnType::Binary | ColumnType::Other(_) => Self::Braces,
            _ => Self::Number,
        }
    }

    /// Strokes in a square of 16.
    fn path(self) -> &'static str {
        match self {
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Exclude => "M8 2.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM4.2 4.2l7.6 7.6",
            Self::ChevronRight => "M6 3.5L10.5 8 6 12.5",
            Self::ChevronDown => "M3.5 6L8 10.5 12.5 6",
            Self::Search => "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.3 10.3l3.2 3.2",
            Self::File => "M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2",
            Self::Link => {
                "M6.5 9.5l3-3M7.2 4.8l1.6-1.6a2.8 2.8 0 014 4l-1.6 1.6M8.8 11.2l-1.6 1.6a2.8 2.8 0 01-4-4l1.6-1.6"
            }
            Self::Table => "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.5 6.3V13",
            Self::Group => "M2.5 3.5h11M5 8h8.5M7.5 12.5h6",
            Self::Sigma => "M12 4.5V3H4l4 5-4 5h8v-1.5",
            Self::Sun => {
                "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1"
            }
            Self::Moon => "M13.2 9.6A5.6 5.6 0 016.4 2.8a5.6 5.6 0 106.8 6.8z",
            Self::Monitor => "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
            Self::Keyboard => "M1.8 4h12.4v8H1.8zM4.2 6.6h.01M6.8 6.6h.01M9.2 6.6h.01M11.8 6.6h.01M5 9.4h6",
            Self::Storage => {
                "M8 2C5 2 2.8 2.9 2.8 4S5 6 8 6s5.2-.9 5.2-2S11 2 8 2zM2.8 4v8c0 1.1 2.2 2 5.2 2s5.2-.9 5.2-2V4M2.8 8c0 1.1 2.2 2 5.2 2s5.2-.9 5.2-2"
            }
            Self::Download => "M8 2.5v7.2M4.8 6.8L8 10l3.2-3.2M2.5 13.2h11",
            Self::Code => "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5",
            Self::Plan => "M2.5 3.5h7M2.5 8h11M2.5 12.5h4",
            Self::Play => "M5 3.2v9.6L12.6 8z",
            Self::Stop => "M4.2 4.2h7.6v7.6H4.2z",
            Self::Back => "M7 3.5L2.5 8 7 12.5M2.5 8h11",
            Self::Alert => "M8 2.2l6.3 11.3H1.7zM8 6.5v3.2M8 11.6v.2",
            Self::Fields => "M2 3h12v10H2zM6 3v10",
            Self::Ascending => "M4.5 12.8V3.2M2 5.6l2.5-2.5L7 5.6M9 4h2.5M9 8h3.8M9 12h5",
            Self::Descending => "M4.5 3.2v9.6M2 10.4l2.5 2.5L7 10.4M9 4h5M9 8h3.8M9 12h2.5",
            Self::Text => "M3 4V2.8h10V4M8 2.8v10.4M6 13.2h4",
            Self::Number => "M6.2 2.5L4.6 13.5M11.4 2.5L9.8 13.5M2.8 6h11M2.2 10h11",
            Self::Calendar => "M2.2 3.5h11.6v10H2.2zM2.2 6.6h11.6M5 1.8v3M11 1.8v3",
            Self::Toggle => {
                "M5.2 4.5h5.6a3.5 3.5 0 010 7H5.2a3.5 3.5 0 010-7zM5.2 6.6a1.4 1.4 0 100 2.8 1.4 1.4 0 000-2.8z"
            }
            Self::Braces => {
                "M6 2.5c-2 0-2 1-2 2.7S3.6 8 2.2 8C3.6 8 4 9.1 4 10.8s0 2.7 2 2.7M10 2.5c2 0 2 1 2 2.7S12.4 8 13.8 8c-1.4 0-1.8 1.1-1.8 2.8s0 2.7-2 2.7"
            }
        }
    }
}

/// A small picture; what it means is said in words beside it or in the label of its button.
#[component]
pub fn Icon(
    /// What is drawn.
    #[prop(into)]
    glyph: Signal<Glyph>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=move || glyph.get().path()></path>
        </svg>
    }
}
