//! The Jinja of a dbt project's SQL and YAML.
//!
//! Invariant: a text is rendered without looking at any database; what would need one, and what a macro or a package would
//! have to define, is refused with its line.
//!
//! Entry points: [`Jinja::of_model`], [`Jinja::text`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Kwargs, Object, Serde, Value, from_args};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::Fields;
use crate::settings;

/// What to do where a text asks for more than is there.
const REMEDY: &str = "here are ref, source, config, var, env_var, this, is_incremental, target.name and Jinja's own statements and \
                      filters; macros, packages and queries while rendering are not: write out what it stands for, as `dbt compile` does in \
                      target/compiled";

/// What `ref` and `source` stand for in SQL.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Models and seeds by their dbt names.
    pub models: BTreeMap<String, String>,
    /// Tables of sources; for one that cannot be read, why.
    pub sources: BTreeMap<(String, String), Result<String, String>>,
}

/// What texts of a project are rendered with.
#[derive(Debug, Clone)]
pub(super) struct Jinja {
    /// The project's name, which `ref` may name too.
    pub package: String,
    /// `vars` of dbt_project.yml.
    pub vars: Fields,
    /// Variables of the process and of `.env`.
    pub environment: settings::Environment,
    /// The target's name.
    pub target: String,
}

/// A rendered model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rendered {
    /// Its SQL.
    pub sql: String,
    /// What `config` said.
    pub config: Fields,
}

impl Jinja {
    /// Renders a model or a test. `this` is its table, to which rows are added where it is an increment.
    pub fn of_model(
        &self,
        text: &str,
        this: &str,
        names: &Arc<Names>,
        is_increment: bool,
    ) -> Result<Rendered, String> {
        let config = Arc::new(Config::default());
        let mut environment = self.with_names(names);
        environment.add_global("config", Value::from_dyn_object(config.clone()));
        environment.add_global("this", this);
        environment.add_function("is_incremental", move || is_increment);
        environment.add_global("execute", true);
        environment.add_function("log", |_message: Value, _options: Kwargs| "");
        let sql = environment
            .render_named_str("", text, ())
            .map_err(|error| told(&error))?;
        let config = std::mem::take(&mut *config.0.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Rendered { sql, config })
    }

    /// What an expression such as `ref('customers')` stands for.
    pub fn name(&self, expression: &str, names: &Arc<Names>) -> Result<String, String> {
        let environment = self.with_names(names);
        let compiled = environment.compile_expression(expression);
        let value = compiled.and_then(|compiled| compiled.eval(()));
        value.map(|value| value.to_string()).map_err(|error| told(&error))
    }

    /// Renders a value of a YAML file.
    pub fn text(&self, text: &str) -> Result<String, String> {
        if !text.contains("{{") && !text.contains("{%") {
            return Ok(text.to_owned());
        }
        self.plain().render_str(text, ()).map_err(|error| told(&error))
    }

    /// The same of every text in a value.
    pub fn texts(&self, value: &mut serde_json::Value) -> Result<(), String> {
        match value {
            serde_json::Value::String(text) => *text = self.text(text)?,
            serde_json::Value::Array(items) => return items.iter_mut().try_for_each(|item| self.texts(item)),
            serde_json::Value::Object(fields) => {
                return fields.values_mut().try_for_each(|field| self.texts(field));
            }
            _ => {}
        }
        Ok(())
    }

    fn plain(&self) -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let variables = self.environment.clone();
        environment.add_function(
            "env_var",
            move |name: String, default: Option<Value>| match (variables.get(&name), default) {
                (Some(value), _) => Ok(Value::from(value)),
                (None, Some(default)) => Ok(default),
                (None, None) => Err(refused(format!(
                    "env_var('{name}') is not set: set the environment variable {name}, write {name}=value to .env beside \
                     dbt_project.yml, or give a default as in env_var('{name}', 'value')"
                ))),
            },
        );
        let (vars, package) = (self.vars.clone(), self.package.clone());
        environment.add_function("var", move |name: String, default: Option<Value>| {
            let of_package = vars.get(&package).and_then(|vars| vars.get(&name));
            match (of_package.or_else(|| vars.get(&name)), default) {
                (Some(value), _) => Ok(Value::from(Serde(value))),
                (None, Some(default)) => Ok(default),
                (None, None) => Err(refused(format!(
                    "var('{name}') has no value: add it to vars in dbt_project.yml, or give a default as in \
                     var('{name}', 'value')"
                ))),
            }
        });
        let target = [("name", self.target.as_str()), ("type", "duckdb")];
        environment.add_global("target", Value::from_pairs(target));
        environment
    }

    fn with_names(&self, names: &Arc<Names>) -> Environment<'static> {
        let mut environment = self.plain();
        let (known, package) = (names.clone(), self.package.clone());
        environment.add_function(
            "ref",
            move |first: String, second: Option<String>, options: Kwargs| {
                let name = match second {
                    Some(name) if first == package => name,
                    Some(name) => {
                        return Err(refused(format!(
                            "ref('{first}', '{name}') names a model of another package: packages are not run, copy its models \
                             into this project"
                        )));
                    }
                    None => first,
                };
                if options.args().next().is_some() {
                    return Err(refused(format!(
                        "ref('{name}') asks for a version: give each version a name of its own"
                    )));
                }
                known.models.get(&name).cloned().ok_or_else(|| {
                    refused(format!(
                        "ref('{name}') names no model or seed of this project: it has {}",
                        list(known.models.keys().map(String::as_str))
                    ))
                })
            },
        );
        let known = names.clone();
        environment.add_function("source", move |source: String, table: String| {
            match known.sources.get(&(source.clone(), table.clone())) {
                Some(Ok(name)) => Ok(name.clone()),
                Some(Err(reason)) => Err(refused(reason.clone())),
                None => Err(refused(format!(
                    "source('{source}', '{table}') is not declared: add it to sources: of a .yml file below the models, with \
                     meta: {{external_location: …}}"
                ))),
            }
        });
        environment
    }
}

/// `config(…)`, `config.get(…)`.
#[derive(Debug, Default)]
struct Config(Mutex<Fields>);

impl Object for Config {
    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (fields, named): (Option<Value>, Kwargs) = from_args(args)?;
        let named = Value::from(named);
        for fields in fields.iter().chain([&named]) {
            let json = serde_json::to_value(fields).map_err(|error| refused(format!("config: {error}")))?;
            let serde_json::Value::Object(json) = json else {
                return Err(refused(
                    "config takes names and values, as in config(materialized='table')".to_owned(),
                ));
            };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(json);
        }
        Ok(Value::from(""))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        if method != "get" {
            return Err(Error::from(ErrorKind::UnknownMethod));
        }
        let (name, default): (String, Option<Value>) = from_args(args)?;
        let fields = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(fields
            .get(&name)
            .map(|value| Value::from(Serde(value)))
            .or(default)
            .unwrap_or_else(|| Value::from(())))
    }
}

fn refused(reason: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason)
}

fn told(error: &Error) -> String {
    let line = error
        .line()
        .map_or_else(String::new, |line| format!("line {line}: "));
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    let asks_for_more = matches!(
        error.kind(),
        ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UndefinedError
    ) || detail.starts_with("unknown statement");
    if asks_for_more {
        return format!("{line}{detail}: {REMEDY}");
    }
    format!("{line}{detail}")
}

pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<Rendered, String> {
        render_as(text, false)
    }

    fn render_as(text: &str, is_increment: bool) -> Result<Rendered, String> {
        let serde_json::Value::Object(vars) =
            serde_json::json!({"since": "2024", "shop": {"methods": ["card", "cash"]}})
        else {
            panic!("an object");
        };
        let jinja = Jinja {
            package: "shop".to_owned(),
            vars,
            environment: settings::Environment::of(&[("BUCKET", "lake")], &[]),
            target: "dev".to_owned(),
        };
        let names = Arc::new(Names {
            models: BTreeMap::from([("orders".to_owned(), "gold.orders".to_owned())]),
            sources: BTreeMap::from([
                (("raw".to_owned(), "a".to_owned()), Ok("source.raw_a".to_owned())),
                (("raw".to_owned(), "b".to_owned()), Err("no place".to_owned())),
            ]),
        });
        jinja.of_model(text, "gold.me", &names, is_increment)
    }

    fn sql(text: &str) -> String {
        render(text).expect("renders").sql
    }

    #[test]
    fn what_a_project_may_use_is_rendered() {
        assert_eq!(
            sql("{{ ref('orders') }} {{ ref(\"shop\", 'orders') }} {{ source('raw', 'a') }} {{ this }}"),
            "gold.orders gold.orders source.raw_a gold.me"
        );
        assert_eq!(
            sql(
                "{{ var('since') }} {{ var('x', 1) }} {{ env_var('BUCKET') }} {{ env_var('NO', 'n') }} {{ target.name }}"
            ),
            "2024 1 lake n dev"
        );
        assert_eq!(
            sql("{% for m in var('methods') %}{{ m }}{% if not loop.last %},{% endif %}{% endfor %}"),
            "card,cash"
        );
        let grows = "a{% if is_incremental() %} where t > (select max(t) from {{ this }}){% endif %}";
        assert_eq!(sql(grows), "a");
        assert_eq!(
            render_as(grows, true).expect("renders").sql,
            "a where t > (select max(t) from gold.me)"
        );
        let rendered = render("{{ config(materialized='table', tags=['a']) }}x{{ config.get('tags')[0] }}")
            .expect("renders");
        assert_eq!(rendered.sql, "xa");
        assert_eq!(rendered.config["materialized"], "table");
    }

    #[test]
    fn what_is_not_there_is_refused_with_its_line_and_the_remedy() {
        for (text, told) in [
            (
                "a\n{{ run_query('x') }}",
                ["line 2", "run_query", "target/compiled"],
            ),
            ("{{ dbt_utils.star(x) }}", ["line 1", "dbt_utils", "packages"]),
            (
                "\n\n{{ adapter.dispatch('x') }}",
                ["line 3", "adapter", "write out"],
            ),
            (
                "{% snapshot x %}{% endsnapshot %}",
                ["line 1", "snapshot", "write out"],
            ),
            ("{{ ref('none') }}", ["line 1", "ref('none')", "orders"]),
            ("{{ ref('other', 'x') }}", ["line 1", "another package", "copy"]),
            ("{{ source('raw', 'b') }}", ["line 1", "no place", ""]),
            (
                "{{ source('raw', 'c') }}",
                ["line 1", "not declared", "external_location"],
            ),
            ("\n{{ var('no') }}", ["line 2", "var('no')", "dbt_project.yml"]),
            ("{{ env_var('NO') }}", ["line 1", "is not set", "NO=value"]),
            ("{{ target.schema }}", ["line 1", "target.schema", "target.name"]),
        ] {
            let error = render(text).expect_err(text);
            for part in told {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }
}
