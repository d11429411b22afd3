//! What was measured, and the header lines that follow from it.

use super::candidate::Candidate;
use super::choose::{Choice, Trial};
use super::question::Question;
use super::subject::Subject;
use crate::print;

/// Of a query.
const SHOWN_CHARACTERS: usize = 100;

/// Prints what was measured, and what to set.
pub(super) fn print(subject: &Subject, questions: &[Question], choice: &Choice) {
    let (rows, bytes) = subject.published;
    let measured = if subject.rows == rows {
        "all of them measured".to_owned()
    } else {
        format!(
            "measured on {} of them, spread over the table: bytes are those of the sample",
            print::thousands(subject.rows)
        )
    };
    print::out(format!(
        "{}: {}, {}; {measured}",
        subject.table,
        print::counted(rows, "row"),
        print::bytes(bytes)
    ));
    let (base, best) = (&choice.trials[0], &choice.trials[choice.best]);
    let mut table = print::table(&["query", "rows", "fetched now", "as advised"]);
    for (index, question) in questions.iter().enumerate() {
        let (now, then) = (base.measured.reads[index], best.measured.reads[index]);
        table.add_row(vec![
            print::one_line(&question.sql, SHOWN_CHARACTERS).into(),
            print::number(print::thousands(now.rows)),
            print::number(print::bytes(now.bytes)),
            print::number(print::bytes(then.bytes)),
        ]);
    }
    print::out(table);
    let mut table = print::table(&[
        "layout",
        "fetched",
        "requests",
        "to decode",
        "files",
        "to write",
        "",
    ]);
    for (index, trial) in choice.trials.iter().enumerate() {
        table.add_row(vec![
            name(trial, &subject.base).into(),
            print::number(print::bytes(trial.measured.bytes())),
            print::number(trial.measured.requests()),
            print::number(format!(
                "{:.1} ms",
                trial.measured.decoding().as_secs_f64() * 1000.0
            )),
            print::number(print::bytes(trial.measured.file_bytes)),
            print::number(format!("{:.1} s", trial.measured.writing.as_secs_f64())),
            if index == choice.best && index > 0 {
                "advised"
            } else {
                ""
            }
            .into(),
        ]);
    }
    print::out(table);
    let lines = best.candidate.lines(&subject.base);
    if lines.is_empty() {
        print::out("nothing to change: no other layout leaves less than nine tenths to fetch");
        return;
    }
    print::out(match &subject.model {
        Some(model) if model.header.is_of_dbt => format!(
            "in the config of {}, in a .yml beside {}:\n",
            subject.table,
            model.file.display()
        ),
        Some(model) => format!("in the header of {}:\n", model.file.display()),
        None => format!(
            "{} has no model here; in the header of one that makes it:\n",
            subject.table
        ),
    });
    for line in lines {
        print::out(line);
    }
}

fn name(trial: &Trial, base: &Candidate) -> String {
    let lines = trial.candidate.lines(base);
    if lines.is_empty() {
        "as it is".to_owned()
    } else {
        lines.join("\n")
    }
}
