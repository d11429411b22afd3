//! As in Lambda and Glue: a root that cannot be written, no HOME, and one small place for temporary files.

use std::path::Path;
use std::process::{Command, Output};

use super::bucket::Bucket;
use super::fixture::{KEY_ID, Project, SECRET, finish, shown, told};

/// Makes every mounted file system read-only but one for temporary files, in a namespace of its own, then runs the rest.
/// `$1` is the folder for temporary files.
const READ_ONLY: &str = r#"
set -e
mount --make-rprivate /
temp="$1"; shift
for place in $(cut -d' ' -f2 /proc/self/mounts | grep -v -e '^/proc' -e '^/sys'); do
  mount -o remount,ro,bind "$place" 2>/dev/null || mount -o remount,ro "$place" 2>/dev/null || true
done
mount -t tmpfs tmpfs "$temp"
for place in / /root /var/tmp "$PWD"; do
  if touch "$place/.probe" 2>/dev/null; then echo "$place can be written" >&2; exit 99; fi
done
exec "$@"
"#;

/// The command on a read-only root.
fn read_only(project: &Project, temp: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    let is_root = std::fs::metadata("/proc/self")
        .is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    command.args(if is_root {
        &["--mount"][..]
    } else {
        &["--mount", "--map-root-user"][..]
    });
    command
        .args(["sh", "-c", READ_ONLY, "sh"])
        .arg(temp)
        .arg(env!("CARGO_BIN_EXE_ingest"))
        .args(arguments)
        .current_dir(project.root())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap());
    command
}

fn assert_isolated(output: &Output) {
    assert!(
        !told(output).contains("unshare") && output.status.code() != Some(99),
        "this test needs mount namespaces: run it as root, or allow them by `sysctl kernel.unprivileged_userns_clone=1` and \
         `sysctl kernel.apparmor_restrict_unprivileged_userns=0`: {}",
        told(output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_writes_to_the_temporary_folder_and_the_bucket_and_nowhere_else() {
    let bucket = Bucket::start().await;
    let project = Project::with_bucket();
    // Spills, so that DuckDB's own temporary folder is needed too.
    project.write(
        "models/gold/sorted.sql",
        "SELECT range AS n, md5(range::VARCHAR) AS h FROM range(2000000) ORDER BY h",
    );
    let temp = tempfile::tempdir().unwrap();
    let mut command = read_only(
        &project,
        temp.path(),
        &["run", "--memory-limit", "100MB", "--threads", "1"],
    );
    command
        .env("TMPDIR", temp.path())
        .env("AWS_ENDPOINT_URL", &bucket.endpoint)
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET);
    let output = finish(command).await;
    assert_isolated(&output);
    assert!(output.status.success(), "{}{}", shown(&output), told(&output));
    assert!(bucket.has("gold/catalog.json"));
}

#[test]
fn where_nothing_can_be_written_the_places_to_set_are_named() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    project.write("gold/catalog.json", "");
    std::fs::remove_file(project.path("gold/catalog.json")).unwrap();
    let temp = tempfile::tempdir().unwrap();
    let output = read_only(&project, temp.path(), &["run"]).output().unwrap();
    assert_isolated(&output);
    assert!(!output.status.success());
    let told = told(&output);
    assert!(
        told.contains("cannot make a temporary folder (/tmp: ") && told.contains("--temp-directory DIR"),
        "{told}"
    );
}

#[test]
fn a_temporary_folder_of_the_system_that_cannot_be_written_gives_way_to_one_that_can() {
    let project = Project::new("[targets.local]\ngold = 'gold'\n");
    let output = project
        .ingest(&["run"])
        .env("TMPDIR", "/proc/no-such-folder")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("temporary files go to /tmp"),
        "{}",
        told(&output)
    );
}
