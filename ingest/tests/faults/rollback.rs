use crate::fixture::Project;

fn snapshot(project: &Project) -> String {
    project.lake().catalog().expect("published").snapshot_id
}

#[test]
fn a_rollback_goes_to_the_snapshot_before_and_is_itself_rolled_back() {
    let project = Project::new();
    project.publish(1);
    let first = snapshot(&project);
    let contents = project.contents();
    project.publish(2);
    let second = snapshot(&project);

    let told = project.succeed(&["rollback"]);
    assert!(
        told.contains("went back") && told.contains("3,000 rows"),
        "{told}"
    );
    assert!(told.contains("The next `ingest run` takes in again"), "{told}");
    assert!(
        told.contains(&format!("`ingest rollback --to {second}` undoes this")),
        "{told}"
    );
    assert_eq!(snapshot(&project), first);
    assert_eq!(project.contents(), contents);
    assert_eq!(project.lake().versions(), [1, 1]);

    project.succeed(&["rollback"]);
    assert_eq!(snapshot(&project), second);
    assert_eq!(project.lake().versions(), [2, 2]);
    let told = project.succeed(&["rollback", "--to", &first]);
    assert!(told.contains(&first), "{told}");
    project.succeed(&["run"]);
    assert_eq!(
        project.lake().versions(),
        [2, 2],
        "the next run takes in again what came since"
    );
    project.lake().assert_whole();
}

#[test]
fn named_tables_go_back_and_the_others_stay() {
    let project = Project::new();
    project.publish(1);
    let first = snapshot(&project);
    project.publish(2);
    project.publish(3);
    project.succeed(&["rollback", "--to", &first, "b"]);
    assert_eq!(project.lake().versions(), [3, 1]);
    let told = project.succeed(&["rollback", "--to", &first, "b"]);
    assert!(told.contains("nothing to do"), "{told}");
    project.lake().assert_whole();
}

#[test]
fn a_table_that_was_not_there_then_goes_and_comes_again() {
    let project = Project::new();
    project.publish(1);
    project.set_table("c", 1, 5);
    project.succeed(&["run"]);
    let told = project.succeed(&["rollback"]);
    assert!(told.contains("removed"), "{told}");
    assert_eq!(project.lake().versions(), [1, 1]);
    let told = project.succeed(&["rollback"]);
    assert!(told.contains("there again"), "{told}");
    assert_eq!(project.lake().versions(), [1, 1, 1]);
}

#[test]
fn an_unknown_snapshot_or_table_is_told_with_those_that_there_are() {
    let project = Project::new();
    let told = project.fail(&["rollback"]);
    assert!(told.contains("nothing is published"), "{told}");
    project.publish(1);
    let first = snapshot(&project);
    let told = project.fail(&["rollback"]);
    assert!(told.contains(&format!("{first} is the first one")), "{told}");
    project.publish(2);
    let second = snapshot(&project);
    let told = project.fail(&["rollback", "--to", "yesterday"]);
    assert!(told.contains("no snapshot `yesterday`"), "{told}");
    assert!(told.contains(&first) && told.contains(&second), "{told}");
    let told = project.fail(&["rollback", "a", "orders"]);
    assert!(told.contains("no table orders; it has a, b"), "{told}");
    assert_eq!(project.lake().versions(), [2, 2]);
}

#[test]
fn what_is_not_whole_any_more_is_not_gone_back_to() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    let entry = lake.catalog().expect("published").tables.remove(0);
    let file = lake.manifest(&entry).files.remove(0);
    project.publish(2);
    let content = std::fs::read(lake.0.join(&file.key)).expect("data file");
    let damages = [
        (&file.key, Some(&content[..content.len() - 1])),
        (&file.key, None),
        (&entry.manifest, None),
    ];
    for (key, left) in damages {
        std::fs::remove_file(lake.0.join(key)).expect("removed");
        if let Some(left) = left {
            lake.write(key, left);
        }
        let told = project.fail(&["rollback"]);
        assert!(
            told.contains("is not whole any more") && told.contains(key),
            "{told}"
        );
        assert!(told.contains("Nothing was changed"), "{told}");
        assert_eq!(lake.versions(), [2, 2]);
    }
    project.succeed(&["rollback", "b"]);
    assert_eq!(lake.versions(), [2, 1], "the other table is whole");
}

#[test]
fn a_rollback_brings_back_the_state_of_then() {
    let project = Project::new();
    let lake = project.lake();
    project.publish(1);
    let then = lake.catalog().expect("published").tables;
    project.publish(2);
    let now = lake.catalog().expect("published").tables;
    assert!(
        then.iter()
            .zip(&now)
            .all(|(then, now)| then.state.is_some() && then.state != now.state)
    );
    project.succeed(&["rollback"]);
    assert_eq!(lake.catalog().expect("published").tables, then);
}
