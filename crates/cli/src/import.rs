//! `tollgate users import`.

mod better_auth;
mod json_lines;
mod record;
mod report;
mod row;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

use indicatif::ProgressBar;
use tollgate_core::Timestamp;
use tollgate_core::scope::Scope;
use tollgate_core::user::{ImportStopped, Place, User, UserDirectory};
use tollgate_wiring::{Store, clock};

use crate::arguments::{Import, ImportFormat};
use crate::data_directory::DataDirectory;
use crate::failure::Failure;
use report::Report;
use row::{Problem, Row};

/// How many users are looked up at a time.
const LOOKED_UP: usize = 1_000;

/// What an import asks of users, and what they get that the file does not say.
struct Terms {
    scope: Scope,
    now: Timestamp,
    unverified: bool,
    drop_second_factor: bool,
}

/// Reads a file, checks every row, and imports all of them or says why not.
pub(crate) async fn run(directory: &DataDirectory, options: &Import) -> Result<ExitCode, Failure> {
    let terms = Terms {
        scope: options.scope.parse()?,
        now: clock::now(),
        unverified: options.unverified,
        drop_second_factor: options.drop_second_factor,
    };
    let mut rows = read(options, &terms)?;
    row::refuse_doubled(&mut rows);
    let store = open(directory, options.dry_run).await?;
    let mut report = Report::new(options);
    let users = sort_out(rows, store.as_ref(), &mut report).await?;
    let goes_on = !options.dry_run && (report.refused() == 0 || options.skip_refused);
    let stopped = match store {
        Some(store) if goes_on => import(&store, &users, &mut report).await.err(),
        _ => None,
    };
    report.print();
    match stopped {
        Some(stopped) => Err(explain(stopped, users.len())),
        None if report.refused() == 0 => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}

/// The store; none if this is a dry run and nothing was ever made.
async fn open(directory: &DataDirectory, dry_run: bool) -> Result<Option<Store>, Failure> {
    if dry_run && !directory.has_store() {
        return Ok(None);
    }
    if !dry_run {
        directory.prepare()?;
    }
    Ok(Some(Store::open(&directory.environment()).await?))
}

fn read(options: &Import, terms: &Terms) -> Result<Vec<Row>, Failure> {
    let path = &options.file;
    let failed =
        |error: io::Error| Failure::new(format!("cannot read {} ({error})", path.display()));
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).map_err(failed)?;
        warn_if_others_can_read(path, &file);
        Box::new(file)
    };
    let input = BufReader::new(input);
    match options.from {
        ImportFormat::Json => json_lines::read(input, terms).map_err(failed),
        ImportFormat::BetterAuth => better_auth::read(input, terms).map_err(|error| {
            Failure::new(format!(
                "{} is not a JSON document like {{\"user\":[{{…}}],\"account\":[{{…}}]}} ({error})",
                path.display()
            ))
        }),
    }
}

/// It holds password hashes; what is in it was shown already.
#[cfg(unix)]
#[expect(clippy::print_stderr, reason = "a command line tool talks to its user")]
fn warn_if_others_can_read(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let others = file
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0);
    if others {
        let path = path.display();
        eprintln!(
            "tollgate: others can read {path}, which holds password hashes; run: chmod 600 {path}"
        );
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path, _: &File) {}

/// Whom there is room for. Everybody else is in the report.
async fn sort_out(
    rows: Vec<Row>,
    store: Option<&Store>,
    report: &mut Report,
) -> Result<Vec<User>, Failure> {
    let mut spots = Vec::new();
    let mut users = Vec::new();
    for row in rows {
        match row.user {
            Ok(user) => {
                spots.push(row.spot);
                users.push(user);
            }
            Err(problem) => report.refuse(row.spot, None, problem),
        }
    }
    let places = look_up(&users, store).await?;
    let mut free = Vec::new();
    for ((spot, user), place) in spots.into_iter().zip(users).zip(places) {
        match place {
            Place::Free => {
                report.take(&user);
                free.push(user);
            }
            Place::Theirs(there) if user.disabled && !there.disabled => {
                let reason =
                    "this user is there already, and may log in; see: tollgate users disable";
                report.refuse(spot, Some(&user.id), Problem::of("disabled", reason));
            }
            Place::Theirs(_) => report.skip(),
            Place::Taken => {
                let reason = "another user has this id or this address";
                report.refuse(spot, Some(&user.id), Problem::of("id, email", reason));
            }
        }
    }
    Ok(free)
}

async fn look_up(users: &[User], store: Option<&Store>) -> Result<Vec<Place>, Failure> {
    let Some(store) = store else {
        return Ok(vec![Place::Free; users.len()]);
    };
    let bar = bar(users.len());
    let mut places = Vec::with_capacity(users.len());
    for users in users.chunks(LOOKED_UP) {
        places.extend(store.places(users).await?);
        bar.set_position(places.len() as u64);
    }
    bar.finish_and_clear();
    Ok(places)
}

async fn import(store: &Store, users: &[User], report: &mut Report) -> Result<(), ImportStopped> {
    let bar = bar(users.len());
    let imported = store
        .import(users, &|done| bar.set_position(done as u64))
        .await;
    bar.finish_and_clear();
    report.imported(match &imported {
        Ok(()) => users.len(),
        Err(stopped) => stopped.kept,
    });
    imported
}

/// On a terminal only, and on standard error.
fn bar(length: usize) -> ProgressBar {
    ProgressBar::new(length as u64)
}

fn explain(ImportStopped { kept, cause }: ImportStopped, all: usize) -> Failure {
    let cause = Failure::from(cause);
    // An answer that got lost may be to a call that was carried out.
    Failure::new(format!(
        "stopped after {kept} of {all} users, who are in the store, each of them whole, as some of \
         those after them may be: {cause}. Run the same command again: it goes on from there"
    ))
}
