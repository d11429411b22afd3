//! `goldpan.json`: which lake the page opens at start.

use catalog::access::{SITE_CONFIG, SiteConfig};
use gloo_net::http::Request;
use protocol::{Failure, FailureKind};

/// Reads the site's configuration. A site without the file has no lake.
pub async fn load_config() -> Result<SiteConfig, Failure> {
    let response = Request::get(SITE_CONFIG).send().await.map_err(|error| {
        Failure::new(FailureKind::Offline, format!("{SITE_CONFIG} cannot be fetched."))
            .with_hint("Check the connection. Local files can be opened all the same.")
            .with_cause(&error)
    })?;
    if response.status() == 404 {
        return Ok(SiteConfig::default());
    }
    if !response.ok() {
        let kind = if response.status() == 403 {
            FailureKind::Denied
        } else {
            FailureKind::Offline
        };
        return Err(Failure::new(
            kind,
            format!("{SITE_CONFIG} was answered with status {}.", response.status()),
        )
        .with_hint("The site's server has to serve the file next to index.html."));
    }
    let text = response.text().await.unwrap_or_default();
    parse_config(&text)
}

fn parse_config(text: &str) -> Result<SiteConfig, Failure> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(FailureKind::Internal, format!("{SITE_CONFIG} cannot be read."))
            .with_hint("It should look like {\"lake\": {\"kind\": \"signing_endpoint\", \"url\": \"sign\"}} or {\"lake\": null}.")
            .with_cause(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_came_instead_of_the_configuration_is_reported() {
        let failure = parse_config("<!doctype html>").expect_err("is no JSON");
        assert!(failure.message.contains("goldpan.json"), "{failure}");
        assert!(!failure.causes.is_empty());
    }
}
