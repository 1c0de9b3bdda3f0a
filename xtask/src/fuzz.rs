//! `cargo xtask fuzz`: libFuzzer on everything that reads what strangers send.
//!
//! The targets are in fuzz/, in the layout of cargo-fuzz. They are built here as cargo-fuzz builds
//! them, without a sanitizer, which a stable compiler can do: there is no unsafe code of ours that
//! one would watch, and the coverage that guides libFuzzer needs none. See docs/fuzzing.md.

mod outcome;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::repository::{Repository, announce, run as run_command};
use outcome::Outcome;

/// The page with the table of the last long run.
const PAGE: &str = "docs/fuzzing.md";
/// What `cargo fuzz build --sanitizer none` passes: counters and comparisons for libFuzzer.
const INSTRUMENTATION: &str = "--cfg fuzzing -Dwarnings -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// For each input. The slowest good one takes a few milliseconds; an input over it is a find.
const INPUT_SECONDS: u32 = 10;
/// For each process, and for one allocation.
const MEMORY_MB: [(&str, u32); 2] = [("rss", 2048), ("malloc", 1024)];
/// How long each target runs in `cargo xtask test`, after its corpus.
const SHORT_SECONDS: u32 = 5;
/// Longer seeds are refused for their length alone.
const LONGEST_SEED: u64 = 64 * 1024;

/// What to run, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// How long each target runs; there is one for each processor at a time
    #[arg(long, value_name = "N", default_value_t = 1)]
    minutes: u32,
    /// Only this target (may be given more than once)
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Lists the targets, and runs none
    #[arg(long)]
    list: bool,
    /// Runs one target on one file, and nothing else
    #[arg(long, value_name = "FILE", requires = "target")]
    replay: Option<PathBuf>,
    /// Writes the table into docs/fuzzing.md, if nothing was found
    #[arg(long)]
    write: bool,
}

/// Fuzzes, and prints what came of it.
pub(crate) fn run(repository: &Repository, options: &Options) -> Result<()> {
    let targets = chosen(repository, &options.target)?;
    if options.list {
        for target in &targets {
            announce(target);
        }
        return Ok(());
    }
    if !has_cpp_compiler() {
        return Err(Failure::new(NO_COMPILER));
    }
    let campaign = Campaign::build(repository, options.minutes * 60, "found")?;
    if let Some(file) = &options.replay {
        let target = targets.first().map_or("", String::as_str);
        return run_command(&repository.command(campaign.binary(target))?.arg(file));
    }
    let outcomes = campaign.run(&targets)?;
    let table = outcome::table(&outcomes);
    announce(&format!("\n{table}"));
    outcome::judge(&outcomes)?;
    if options.write {
        let mut page = Page::open(repository, PAGE, "cargo xtask fuzz --write")?;
        page.fill("run", &table)?;
        page.write()?;
    }
    Ok(())
}

const NO_COMPILER: &str = "libFuzzer is C++, and there is no `c++` in PATH (nor a CXX that names \
    another compiler); on Debian and Ubuntu: apt install g++";

/// The step `fuzz`: every committed input, and a few seconds of new ones.
pub(crate) fn run_briefly(repository: &Repository) -> Result<()> {
    if !has_cpp_compiler() {
        announce(&format!("SKIPPED, nothing was fuzzed: {NO_COMPILER}"));
        return Ok(());
    }
    let format = ["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"];
    run_command(&repository.cargo(&format)?)?;
    let campaign = Campaign::build(repository, SHORT_SECONDS, "found-briefly")?;
    let outcomes = campaign.run(&chosen(repository, &[])?)?;
    announce(&format!("\n{}", outcome::table(&outcomes)));
    outcome::judge(&outcomes)
}

/// The targets of these names, or all: a target is a file.
fn chosen(repository: &Repository, names: &[String]) -> Result<Vec<String>> {
    let files = repository
        .shell()
        .read_dir(repository.path("fuzz/fuzz_targets"))?;
    let stems = files.iter().filter_map(|file| file.file_stem());
    let all: Vec<String> = stems
        .map(|stem| stem.to_string_lossy().into_owned())
        .collect();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        return Err(Failure::new(format!(
            "there is no target {unknown}; see: cargo xtask fuzz --list"
        )));
    }
    Ok(all
        .into_iter()
        .filter(|name| names.is_empty() || names.contains(name))
        .collect())
}

fn has_cpp_compiler() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the variable by which build scripts choose a compiler"
    )]
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let mut asked = Command::new(compiler);
    let asked = asked
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// Targets that were built, and how they run.
struct Campaign<'a> {
    repository: &'a Repository,
    programs: PathBuf,
    seconds: u32,
    /// The folder of each target for the inputs that it adds.
    found: &'static str,
}

/// A target that is ready to run.
struct Run {
    target: String,
    fuzzer: Command,
    log: PathBuf,
    finds: PathBuf,
}

impl<'a> Campaign<'a> {
    fn build(repository: &'a Repository, seconds: u32, found: &'static str) -> Result<Self> {
        let host = host(repository)?;
        let build = repository.cargo(&["build", "--quiet", "--locked", "--release", "--bins"])?;
        let build = build.args(["--manifest-path", "fuzz/Cargo.toml", "--target", &host]);
        let folder = repository.target("fuzz-build");
        announce("building the targets (the first time takes two to four minutes)");
        run_command(
            &build
                .env("RUSTFLAGS", INSTRUMENTATION)
                .env("CARGO_TARGET_DIR", &folder),
        )?;
        let programs = folder.join(host).join("release");
        Ok(Self {
            repository,
            programs,
            seconds,
            found,
        })
    }

    fn binary(&self, target: &str) -> PathBuf {
        self.programs
            .join(target)
            .with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// Runs these targets, as many at a time as there are processors.
    fn run(&self, targets: &[String]) -> Result<Vec<Outcome>> {
        let runs = targets.iter().map(|target| self.prepare(target));
        let waiting = Mutex::new(runs.collect::<Result<VecDeque<_>>>()?);
        let next = || waiting.lock().ok()?.pop_front();
        let work = || -> Result<Vec<Outcome>> {
            let mut outcomes = Vec::new();
            while let Some(run) = next() {
                let outcome = run.finish()?;
                announce(&outcome.to_string());
                outcomes.push(outcome);
            }
            Ok(outcomes)
        };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let done: Vec<_> = thread::scope(|scope| {
            let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect()
        });
        let mut outcomes = Vec::new();
        for of_worker in done {
            outcomes.extend(of_worker.map_err(|_| Failure::new("a worker panicked"))??);
        }
        outcomes.sort_by(|one, other| one.target.cmp(&other.target));
        Ok(outcomes)
    }

    fn prepare(&self, target: &str) -> Result<Run> {
        let folder = self.repository.target("fuzz").join(target);
        let [found, seeds, finds] = [self.found, "seeds", "finds"].map(|name| folder.join(name));
        for made_anew in [&seeds, &finds] {
            self.repository.shell().remove_path(made_anew)?;
        }
        for folder in [&found, &seeds, &finds] {
            self.repository.shell().create_dir(folder)?;
        }
        self.gather_seeds(target, &seeds)?;
        let mut fuzzer = Command::new(self.binary(target));
        let corpus = self.repository.path("fuzz/corpus").join(target);
        fuzzer.args([&found, &corpus, &seeds]);
        fuzzer.arg(format!("-artifact_prefix={}/", finds.display()));
        fuzzer.arg(format!("-max_total_time={}", self.seconds));
        fuzzer.arg(format!("-timeout={INPUT_SECONDS}"));
        fuzzer.arg("-print_final_stats=1");
        fuzzer.args(MEMORY_MB.map(|(what, limit)| format!("-{what}_limit_mb={limit}")));
        let dictionary = self.repository.path("fuzz/dictionaries");
        let dictionary = dictionary.join(format!("{target}.dict"));
        if dictionary.is_file() {
            fuzzer.arg(format!("-dict={}", dictionary.display()));
        }
        Ok(Run {
            target: target.to_owned(),
            fuzzer,
            log: folder.join("log"),
            finds,
        })
    }

    /// What the repository has anyway: sample events and the template; and what is beside it.
    fn gather_seeds(&self, target: &str, folder: &Path) -> Result<()> {
        let shell = self.repository.shell();
        let mut seeds = Vec::new();
        if target == "template" {
            seeds.push(self.repository.path("template.yaml"));
        }
        if let Some(function) = target.strip_suffix("_event") {
            let events = shell.read_dir(self.repository.path("events"))?;
            let of_function = |path: &PathBuf| {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().replace('-', "_"));
                name.is_some_and(|name| name.starts_with(&format!("{function}_")))
            };
            seeds.extend(events.into_iter().filter(of_function));
            for shared in ["lambda-events", "lambda-http"] {
                let shared = self.repository.path("../shared/events").join(shared);
                // A clone without that folder has fewer seeds, and the same targets.
                seeds.extend(shell.read_dir(shared).unwrap_or_default());
            }
        }
        for seed in seeds {
            if fs::metadata(&seed).is_ok_and(|it| it.is_file() && it.len() <= LONGEST_SEED) {
                shell.copy_file(&seed, folder)?;
            }
        }
        Ok(())
    }
}

impl Run {
    /// Runs it to its end.
    fn finish(mut self) -> Result<Outcome> {
        let output =
            fs::File::create(&self.log).map_err(Failure::file("cannot write", &self.log))?;
        let fuzzer = self
            .fuzzer
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output);
        let program = PathBuf::from(fuzzer.get_program());
        let ended = fuzzer
            .status()
            .map_err(Failure::file("cannot run", &program))?;
        let log = fs::read(&self.log).map_err(Failure::file("cannot read", &self.log))?;
        let log = String::from_utf8_lossy(&log);
        let finds = fs::read_dir(&self.finds).map_err(Failure::file("cannot read", &self.finds))?;
        let finds = finds.flatten().map(|find| find.path()).collect();
        Ok(Outcome::read(&self.target, ended.success(), &log, finds))
    }
}

/// The name of this machine's kind, which keeps the instrumentation out of build scripts.
fn host(repository: &Repository) -> Result<String> {
    let version = repository.command("rustc")?.arg("-vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc -vV` names no host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_built_and_has_a_corpus() {
        let repository = Repository::open().expect("the checkout");
        let manifest = fs::read_to_string(repository.path("fuzz/Cargo.toml")).expect("a manifest");
        for target in chosen(&repository, &[]).expect("targets") {
            assert!(
                manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
                "{target}"
            );
            let corpus = repository.path("fuzz/corpus").join(&target);
            assert!(
                fs::read_dir(&corpus).is_ok_and(|it| it.count() > 0),
                "{}",
                corpus.display()
            );
        }
    }

    #[test]
    fn the_page_names_every_target() {
        let repository = Repository::open().expect("the checkout");
        let page = fs::read_to_string(repository.path(PAGE)).expect("the page");
        for target in chosen(&repository, &[]).expect("targets") {
            assert!(page.contains(&format!("| `{target}` |")), "{target}");
        }
        assert!(chosen(&repository, &["nothing".to_owned()]).is_err());
    }
}
