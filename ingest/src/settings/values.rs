//! Texts as values of settings.

use std::fmt;
use std::time::Duration;

/// Whether files of this machine or a bucket are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExecutionMode {
    /// Folders by default, a person looks on.
    #[default]
    Local,
    /// The target is a bucket; nothing is interactive; what is missing fails before work begins.
    Cloud,
}

/// How progress and errors are told on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for ExecutionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
            Self::Cloud => "cloud",
        })
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

pub(super) fn execution_mode(text: &str) -> Option<ExecutionMode> {
    match text {
        "local" => Some(ExecutionMode::Local),
        "cloud" => Some(ExecutionMode::Cloud),
        _ => None,
    }
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

pub(super) fn threads(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|threads| *threads > 0)
}

pub(super) fn count(text: &str, most: usize) -> Option<usize> {
    text.trim().parse().ok().filter(|count| *count <= most)
}

pub(super) fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text.trim()).ok()
}

/// A size with a unit; as everywhere, `KB` counts in thousands and `KiB` in 1024.
pub(super) fn size_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit_at = text.find(|each: char| each.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.trim().parse().ok()?;
    let unit: f64 = match unit.to_lowercase().as_str() {
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = number * unit;
    // `as` is exact here but for fractions of a byte.
    (1.0..9e15).contains(&bytes).then_some(bytes as u64)
}

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A password in a URL would end up in messages.
pub(super) fn is_endpoint(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_and_a_unit() {
        for (text, bytes) in [
            ("512MB", 512_000_000),
            ("2 gb", 2_000_000_000),
            ("1.5GiB", 1_610_612_736),
            ("128kib", 131_072),
        ] {
            assert_eq!(size_bytes(text), Some(bytes), "{text}");
        }
        for text in [
            "lots",
            "2",
            "80%",
            "0GB",
            "-1GB",
            "2 parsecs",
            "",
            "1e30TB",
            "infMB",
        ] {
            assert_eq!(size_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn an_endpoint_is_a_web_address_that_holds_no_password() {
        for text in ["http://127.0.0.1:9000", "https://s3.example.com"] {
            assert!(is_endpoint(text), "{text}");
        }
        for text in [
            "localhost:9000",
            "s3://lake",
            "https://key:secret@s3.example.com",
            "",
        ] {
            assert!(!is_endpoint(text), "{text}");
        }
    }
}
