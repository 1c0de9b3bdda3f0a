//! What stands on the disk: who may read it, who made it, and what several processes do to it.

use std::fs;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use tollgate_core::key::{KeyId, KeyRing};
use tollgate_core::key_source::{KeySource, KeySourceError};
use tollgate_embedded::key_file::Removal;
use tollgate_embedded::sqlite::OpenError;
use tollgate_embedded::{KeyFile, SqliteStore};

/// Nothing here waits, so one poll is enough.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("files do not wait"),
    }
}

fn load(file: &KeyFile) -> Result<KeyRing, KeySourceError> {
    now(file.load())
}

fn ids(ring: &KeyRing) -> Vec<KeyId> {
    ring.iter().map(tollgate_core::key::Key::id).collect()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for temporary files")
}

#[test]
fn keys_are_made_once_and_rotated_in_front() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    let mut rng = UnwrapErr(SysRng);
    assert!(file.create(&mut rng).expect("it can be written"));
    let first = load(&file).expect("good keys");
    assert!(
        !file.create(&mut rng).expect("it is there"),
        "and stays as it is"
    );
    assert_eq!(ids(&load(&file).expect("good keys")), ids(&first));

    let rotation = file.rotate(&mut rng).expect("it can be written");
    let second = load(&file).expect("good keys");
    assert_eq!(ids(&second), [rotation.current, first.current().id()]);
    for _ in 0..KeyFile::MAX_OLDER - 1 {
        assert_eq!(
            file.rotate(&mut rng).expect("it can be written").dropped,
            []
        );
    }
    let last = file.rotate(&mut rng).expect("it can be written");
    assert_eq!(last.dropped, ids(&first), "the oldest goes");
    assert_eq!(
        ids(&load(&file).expect("good keys")).len(),
        1 + KeyFile::MAX_OLDER
    );
}

#[test]
fn of_many_who_make_the_keys_at_once_one_does() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    let made = std::thread::scope(|scope| {
        let make = || {
            file.create(&mut UnwrapErr(SysRng))
                .expect("it can be written")
        };
        let makers: Vec<_> = (0..16).map(|_| scope.spawn(make)).collect();
        makers
            .into_iter()
            .map(|maker| usize::from(maker.join().expect("no panic")))
            .sum::<usize>()
    });
    assert_eq!(made, 1);
    assert_eq!(ids(&load(&file).expect("good keys")).len(), 1);
}

#[test]
fn rotations_at_once_take_turns() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    file.create(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    let mut made: Vec<KeyId> = std::thread::scope(|scope| {
        let rotate = || {
            file.rotate(&mut UnwrapErr(SysRng))
                .expect("it can be written")
                .current
        };
        let rotations: Vec<_> = (0..KeyFile::MAX_OLDER)
            .map(|_| scope.spawn(rotate))
            .collect();
        rotations
            .into_iter()
            .map(|rotation| rotation.join().expect("no panic"))
            .collect()
    });
    let mut kept = ids(&load(&file).expect("good keys"));
    // The first key was there before.
    kept.pop();
    made.sort();
    kept.sort();
    assert_eq!(kept, made, "none is lost");
}

#[test]
fn any_key_is_removed_but_the_one_that_signs() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    let mut rng = UnwrapErr(SysRng);
    let stranger = KeyFile::new(folder.path().join("stranger.key"));
    for made in [&file, &stranger] {
        made.create(&mut rng).expect("it can be written");
    }
    let stranger = load(&stranger).expect("good keys").current().id();
    for _ in 0..2 {
        file.rotate(&mut rng).expect("it can be written");
    }
    let [newest, middle, oldest] = ids(&load(&file).expect("good keys"))[..] else {
        unreachable!("three keys")
    };
    let before = fs::read(file.path()).expect("it is there");
    let remove = |key| file.remove(key).expect("it can be written");
    assert_eq!(remove(newest), Removal::Signs);
    assert_eq!(remove(stranger), Removal::Absent);
    assert_eq!(fs::read(file.path()).expect("it is there"), before);

    assert_eq!(remove(middle), Removal::Removed);
    assert_eq!(ids(&load(&file).expect("good keys")), [newest, oldest]);
    assert_eq!(remove(middle), Removal::Absent);
    // The key that signs may stand there again as an older one; then it is still the one that signs.
    let text = fs::read_to_string(file.path()).expect("it is there");
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let twice = [lines[0], lines[1], lines[0], lines[1]].join("\n");
    fs::write(file.path(), twice).expect("it is mine");
    assert_eq!(remove(newest), Removal::Signs);
    assert_eq!(remove(oldest), Removal::Removed);
    assert_eq!(ids(&load(&file).expect("good keys")), [newest, newest]);
}

#[test]
fn a_removal_and_rotations_at_once_take_turns() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    let mut rng = UnwrapErr(SysRng);
    file.create(&mut rng).expect("it can be written");
    let leaked = load(&file).expect("good keys").current().id();
    file.rotate(&mut rng).expect("it can be written");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                file.rotate(&mut UnwrapErr(SysRng))
                    .expect("it can be written");
            });
        }
        scope.spawn(|| assert_eq!(file.remove(leaked).expect("written"), Removal::Removed));
    });
    let left = load(&file).expect("good keys");
    assert_eq!(left.iter().count(), 5, "no key but that one is lost");
    assert!(left.get(leaked).is_none(), "it does not come back");
}

#[cfg(unix)]
#[test]
fn a_rotation_goes_where_links_lead_and_breaks_nothing() {
    let folder = folder();
    let real = KeyFile::new(folder.path().join("real.lock"));
    real.create(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    let link = KeyFile::new(folder.path().join("access.key"));
    std::os::unix::fs::symlink(real.path(), link.path()).expect("a link");
    let rotated = link
        .rotate(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    assert_eq!(
        rotated.older.len(),
        1,
        "the old key is kept, whatever the file is called"
    );
    for file in [&real, &link] {
        assert_eq!(
            load(file).expect("good keys").current().id(),
            rotated.current
        );
    }
    let removed = link.remove(rotated.older[0]).expect("it can be written");
    assert_eq!(removed, Removal::Removed);
    assert_eq!(load(&real).expect("good keys").iter().count(), 1);
    assert!(
        fs::symlink_metadata(link.path())
            .expect("it is there")
            .is_symlink()
    );

    fs::write(real.path(), "").expect("it is mine");
    assert!(
        link.rotate(&mut UnwrapErr(SysRng)).is_err(),
        "an empty file is no file of keys"
    );
}

#[test]
fn a_reader_never_sees_half_a_rotation() {
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    file.create(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    let first = load(&file).expect("good keys").current().id();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..KeyFile::MAX_OLDER {
                file.rotate(&mut UnwrapErr(SysRng))
                    .expect("it can be written");
            }
        });
        for _ in 0..200 {
            assert!(load(&file).expect("whole").get(first).is_some());
        }
    });
}

#[cfg(unix)]
#[test]
fn what_others_can_read_is_refused_with_the_fix() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let file = KeyFile::new(folder.path().join("access.key"));
    file.create(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    let mode = |mode| fs::set_permissions(file.path(), fs::Permissions::from_mode(mode));
    for (bits, good) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o620, false),
    ] {
        mode(bits).expect("it is mine");
        let loaded = load(&file);
        assert_eq!(loaded.is_ok(), good, "{bits:o}");
        if let Err(error) = loaded {
            let fix = format!("run: chmod 600 {}", file.path().display());
            assert!(error.to_string().contains(&fix), "{error}");
        }
    }
}

#[test]
fn a_file_without_good_keys_is_named() {
    let folder = folder();
    let path = folder.path().join("access.key");
    let file = KeyFile::new(&path);
    let named = |problem: &str| {
        let error = load(&file).expect_err("no good keys");
        let message = format!(
            "{error} {}",
            std::error::Error::source(&error).map_or_else(String::new, ToString::to_string)
        );
        assert!(
            message.contains("access.key") && message.contains(problem),
            "{message}"
        );
    };
    named("no such file");
    file.create(&mut UnwrapErr(SysRng))
        .expect("it can be written");
    for (content, problem) in [
        ("", "holds no key"),
        ("# only a comment\n\n", "holds no key"),
        ("too short\n", "at least 32"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "unusable"),
    ] {
        fs::write(&path, content).expect("it is mine");
        named(problem);
    }
    fs::write(&path, [0xff, 0xfe]).expect("it is mine");
    named("it is not UTF-8; put one secret on each line");
}

#[test]
fn of_many_who_make_the_database_at_once_all_can_use_it() {
    let folder = folder();
    let path = folder.path().join("tollgate.db");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| drop(SqliteStore::open(&path).expect("it opens for everybody")));
        }
    });
}

/// Without its lock on the database, another process that stops takes itself for the last one.
#[cfg(target_os = "linux")]
#[test]
fn every_connection_keeps_its_lock() {
    use std::os::unix::fs::MetadataExt;
    let folder = folder();
    let path = folder.path().join("tollgate.db");
    let stores: Vec<_> = (0..3)
        .map(|_| SqliteStore::open(&path).expect("it can be opened again"))
        .collect();
    let inode = format!(":{} ", fs::metadata(&path).expect("it is there").ino());
    let locks = fs::read_to_string("/proc/locks").expect("Linux lists them");
    assert!(locks.contains(&inode), "no lock on the database is left");
    drop(stores);
}

#[test]
fn a_database_that_is_none_of_ours_is_refused() {
    let folder = folder();
    let path = folder.path().join("tollgate.db");
    fs::write(
        &path,
        "this is a text file, not a database; it is long enough to be looked at",
    )
    .expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is mine");
        let exposed = SqliteStore::open(&path).expect_err("others can read it");
        assert!(exposed.to_string().contains("chmod 600"), "{exposed}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is mine");
    }
    assert!(matches!(
        SqliteStore::open(&path),
        Err(OpenError::Sqlite { .. })
    ));
    let nowhere = Path::new("/nowhere/at/all/tollgate.db");
    assert!(matches!(
        SqliteStore::open(nowhere),
        Err(OpenError::Denied { .. })
    ));
    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer).expect("a new database"));
    let database = rusqlite::Connection::open(&newer).expect("it is there");
    database
        .pragma_update(None, "user_version", 7)
        .expect("it can be written");
    let refused = SqliteStore::open(&newer);
    assert!(
        matches!(refused, Err(OpenError::Newer { found: 7, .. })),
        "{refused:?}"
    );
}
