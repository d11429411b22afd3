//! Which names this server answers to.
//!
//! A page of another site can point a name of its own at this machine (DNS rebinding) and is then of the
//! same origin as the server. Its requests carry that name, so a server that signs URLs answers only to
//! names that cannot be pointed elsewhere, and to those it was told.

use std::net::IpAddr;

use axum::http::uri::Authority;

/// Names that are this server's.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    told: Vec<String>,
}

impl Hosts {
    /// IP addresses and `localhost` are always answered; other names only where listed.
    pub(super) fn new(told: impl IntoIterator<Item = String>) -> Self {
        Self {
            told: told.into_iter().map(|name| name.to_ascii_lowercase()).collect(),
        }
    }

    /// Whether a `Host` header names this server.
    pub(super) fn accepts(&self, host_header: Option<&str>) -> bool {
        let Some(authority) = host_header.and_then(|text| text.parse::<Authority>().ok()) else {
            return false;
        };
        let name = authority.host().to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.told.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_rebound_are_answered() {
        let hosts = Hosts::new(["Lake.Example".to_owned()]);
        for name in [
            "127.0.0.1:8080",
            "localhost",
            "[::1]:8080",
            "192.168.1.5",
            "app.localhost:1",
            "lake.example:80",
        ] {
            assert!(hosts.accepts(Some(name)), "{name}");
        }
        for name in [
            "attacker.example:8080",
            "127.0.0.1.attacker.example",
            "localhost.attacker.example",
            "",
            "a b",
        ] {
            assert!(!hosts.accepts(Some(name)), "{name}");
        }
        assert!(!hosts.accepts(None));
    }
}
