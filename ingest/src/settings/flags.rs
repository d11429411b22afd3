//! The options of the command line, made of the declarations.
//!
//! Each is global: it may stand before or behind the verb.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command};

use super::declared::{ALL, Declaration};

/// What the command line says of settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    values: BTreeMap<&'static str, String>,
}

impl Flags {
    /// The same with a setting given.
    #[must_use]
    pub fn with(mut self, declaration: &Declaration, value: &str) -> Self {
        self.values.insert(declaration.name, value.to_owned());
        self
    }

    /// What is given for a setting.
    pub fn get(&self, declaration: &Declaration) -> Option<&str> {
        self.values.get(declaration.name).map(String::as_str)
    }

    /// The command with an option for each setting.
    pub fn declare(command: Command) -> Command {
        ALL.iter()
            .fold(command, |command, declaration| command.arg(option(declaration)))
    }
}

fn option(declaration: &'static Declaration) -> Arg {
    let check = |text: &str| -> Result<String, String> {
        if (declaration.accepts)(text) {
            Ok(text.to_owned())
        } else {
            Err(format!("write {}", declaration.expects))
        }
    };
    Arg::new(declaration.name)
        .long(declaration.flag)
        .value_name(declaration.value_name)
        .help(format!("{} [env: {}]", declaration.help, declaration.variable))
        .help_heading("Settings")
        .value_parser(check)
        .global(true)
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for declaration in ALL {
            if let Ok(Some(value)) = matches.try_get_one::<String>(declaration.name) {
                self.values.insert(declaration.name, value.clone());
            }
        }
        Ok(())
    }
}

/// The options themselves are global, so a verb has nothing to add.
impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
