//! `${NAME}` and `${NAME:-default}` in the values of `ingest.toml`.

use super::ProjectError;

/// Where variables come from: the environment and `.env`, outside tests.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Replaces each `${NAME}` of `text`. `$${` stands for a literal `${`. `place` is named in errors.
pub fn interpolate(text: &str, place: &str, variables: Variables<'_>) -> Result<String, ProjectError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.push_str(&rest[..at]);
            out.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let malformed = || ProjectError::MalformedVariable {
            place: place.to_owned(),
            text: rest[at..].to_owned(),
        };
        let length = rest[at..].find('}').ok_or_else(malformed)?;
        let inner = &rest[at + 2..at + length];
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(malformed());
        }
        match variables(name).or(default.map(str::to_owned)) {
            Some(value) => out.push_str(&value),
            None => {
                return Err(ProjectError::UnsetVariable {
                    place: place.to_owned(),
                    name: name.to_owned(),
                });
            }
        }
        rest = &rest[at + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<String, String> {
        let environment = |name: &str| (name == "HOME_BUCKET").then(|| "lake".to_owned());
        interpolate(text, "[sources.flights] path", &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_defaults_and_literals() {
        assert_eq!(resolve("s3://${HOME_BUCKET}/raw").as_deref(), Ok("s3://lake/raw"));
        assert_eq!(resolve("${UNSET:-a}${HOME_BUCKET:-b}").as_deref(), Ok("alake"));
        assert_eq!(resolve("$${HOME_BUCKET} $5").as_deref(), Ok("${HOME_BUCKET} $5"));
    }

    #[test]
    fn an_unset_variable_is_named_with_its_place_and_the_remedy() {
        assert_eq!(
            resolve("${UNSET}"),
            Err(
                "[sources.flights] path uses ${UNSET}, which is not set: set the environment variable \
                 UNSET, write UNSET=value to .env beside ingest.toml, or give a default as in ${UNSET:-value}"
                    .to_owned()
            )
        );
        assert!(resolve("${no name}").is_err_and(|message| message.contains("${no name}")));
        assert!(resolve("a ${open").is_err_and(|message| message.contains("${open")));
    }
}
