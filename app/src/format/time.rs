//! Points in time as text: how long ago, and the catalog's spelling to and from microseconds.

use catalog::ColumnType;
use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use protocol::slice::Grain;

/// How long before `now_ms` an RFC 3339 time was: `just now`, `2 min ago`, `3 days ago`. None if it is no time.
pub fn age(rfc3339: &str, now_ms: f64) -> Option<String> {
    let then = DateTime::parse_from_rfc3339(rfc3339).ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit in 53 bits"
    )]
    let seconds = ((now_ms - then.timestamp_millis() as f64) / 1000.0).max(0.0);
    let minutes = seconds / 60.0;
    let hours = minutes / 60.0;
    let days = hours / 24.0;
    Some(if minutes < 1.0 {
        "just now".to_owned()
    } else if hours < 1.0 {
        format!("{minutes:.0} min ago")
    } else if days < 1.0 {
        format!("{hours:.0} h ago")
    } else if days < 1.5 {
        "1 day ago".to_owned()
    } else if days < 60.0 {
        format!("{days:.0} days ago")
    } else {
        then.format("%Y-%m-%d").to_string()
    })
}

/// A date or timestamp, as the catalog writes it, in microseconds since 1970.
pub fn civil_micros(text: &str) -> Option<i64> {
    let text = text.trim_end_matches('Z');
    let moment = match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(date) => date.and_time(NaiveTime::MIN),
        Err(_) => [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%d %H:%M",
        ]
        .into_iter()
        .find_map(|layout| NaiveDateTime::parse_from_str(text, layout).ok())?,
    };
    Some(moment.and_utc().timestamp_micros())
}

/// Microseconds since 1970 as the catalog writes a value of this type. None beyond the calendar.
pub fn civil_text(micros: i64, column_type: &ColumnType) -> Option<String> {
    let moment = DateTime::<Utc>::from_timestamp_micros(micros)?;
    Some(match column_type {
        ColumnType::Date => moment.format("%Y-%m-%d").to_string(),
        ColumnType::Timestamp { utc } => {
            let text = moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string();
            if *utc { text + "Z" } else { text }
        }
        _ => return None,
    })
}

/// Where the calendar unit ends that begins at these microseconds since 1970.
pub fn unit_end(micros: i64, grain: Grain) -> Option<i64> {
    let begin = DateTime::<Utc>::from_timestamp_micros(micros)?;
    let end = match grain {
        Grain::Hour => begin.checked_add_signed(TimeDelta::hours(1)),
        Grain::Day => begin.checked_add_days(Days::new(1)),
        Grain::Week => begin.checked_add_days(Days::new(7)),
        Grain::Month => begin.checked_add_months(Months::new(1)),
        Grain::Quarter => begin.checked_add_months(Months::new(3)),
        Grain::Year => begin.checked_add_months(Months::new(12)),
    };
    end.map(|end| end.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_name_one_unit() {
        let now = 1_767_225_600_000.0; // 2026-01-01T00:00:00Z
        let shown: Vec<_> = [
            "2025-12-31T23:59:30Z",
            "2025-12-31T23:58:00Z",
            "2025-12-31T21:00:00+00:00",
            "2025-12-31T00:00:00Z",
            "2025-12-29T00:00:00Z",
            "2025-01-05T00:00:00Z",
            "2026-01-01T00:05:00Z",
        ]
        .into_iter()
        .map(|then| age(then, now).expect("is a time"))
        .collect();
        assert_eq!(
            shown,
            [
                "just now",
                "2 min ago",
                "3 h ago",
                "1 day ago",
                "3 days ago",
                "2025-01-05",
                "just now"
            ]
        );
        assert_eq!(age("", now), None, "an empty catalog was never published");
    }

    #[test]
    fn the_catalogs_times_survive_the_way_through_microseconds() {
        let cases = [
            ("2001-03-01", ColumnType::Date),
            ("1969-12-31T23:59:59.000001", ColumnType::Timestamp { utc: false }),
            ("2001-03-01T12:30:00Z", ColumnType::Timestamp { utc: true }),
        ];
        for (text, column_type) in cases {
            let micros = civil_micros(text).expect("parses");
            assert_eq!(civil_text(micros, &column_type).as_deref(), Some(text));
        }
        assert_eq!(civil_micros("yesterday"), None);
    }

    #[test]
    fn units_end_where_the_next_begins() {
        let cases = [
            (Grain::Hour, "2001-12-31T23:00:00", "2002-01-01T00:00:00"),
            (Grain::Week, "2001-12-31T00:00:00", "2002-01-07T00:00:00"),
            (Grain::Month, "2004-02-01T00:00:00", "2004-03-01T00:00:00"),
            (Grain::Quarter, "2001-10-01T00:00:00", "2002-01-01T00:00:00"),
            (Grain::Year, "2004-01-01T00:00:00", "2005-01-01T00:00:00"),
        ];
        for (grain, begin, end) in cases {
            assert_eq!(
                unit_end(civil_micros(begin).expect("parses"), grain),
                civil_micros(end),
                "{grain:?}"
            );
        }
    }
}
