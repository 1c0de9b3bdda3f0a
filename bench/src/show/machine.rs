//! Where something was measured: what makes times differ, and nothing that says whose it is.

use std::fmt;
use std::fs;

/// What a page says of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// In bytes.
    pub(crate) memory: f64,
    pub(crate) system: String,
    /// The compiler of this program, and of ours that it measures.
    pub(crate) rust: &'static str,
    /// The cores that this process may run on, if not on all.
    pub(crate) pinned: Option<String>,
}

impl Machine {
    /// As Linux tells it; what another system does not tell is unknown.
    pub(crate) fn read() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self::of(
            &read("/proc/cpuinfo"),
            &read("/proc/meminfo"),
            &read("/proc/self/status"),
            &read("/proc/sys/kernel/osrelease"),
            &read("/etc/os-release"),
        )
    }

    fn of(processors: &str, memory: &str, status: &str, kernel: &str, release: &str) -> Self {
        let architecture = std::env::consts::ARCH;
        let model = field(processors, "model name").unwrap_or("an unnamed processor");
        let kibibytes = field(memory, "MemTotal")
            .and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok());
        let allowed = field(status, "Cpus_allowed_list").unwrap_or_default();
        let cores = processors
            .lines()
            .filter(|line| line.starts_with("processor"))
            .count();
        let all = format!("0-{}", cores.saturating_sub(1));
        let distribution = release
            .lines()
            .find_map(|line| line.strip_prefix("PRETTY_NAME="));
        // What follows the number says who built it.
        let kernel = kernel.trim().split('-').next().unwrap_or_default();
        Self {
            processor: format!("{model} ({architecture})"),
            cores,
            memory: kibibytes.unwrap_or_default() * 1024.0,
            system: distribution.map_or_else(
                || std::env::consts::OS.to_owned(),
                |name| format!("{}, Linux {kernel}", name.trim_matches('"')),
            ),
            rust: env!("RUST_VERSION"),
            pinned: (!allowed.is_empty() && allowed != all && cores > 1)
                .then(|| allowed.to_owned()),
        }
    }
}

/// A sentence.
impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            processor,
            cores,
            memory,
            system,
            rust,
            ..
        } = self;
        write!(
            f,
            "Machine: {processor}, {cores} cores, {:.0} GB of memory; {system}, Rust {rust}",
            memory / 1e9
        )?;
        match &self.pinned {
            Some(cores) => write!(f, "; all of it on core {cores}."),
            None => write!(f, "."),
        }
    }
}

/// The value of the first line `name: value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROCESSORS: &str = "processor\t: 0\nmodel name\t: Some Processor 3\nprocessor\t: 1\n";
    const RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=Debian\n";

    fn machine(allowed: &str) -> String {
        let status = format!("Name:\tbench\nCpus_allowed_list:\t{allowed}\n");
        let memory = "MemTotal:       24684092 kB\nMemFree: 1 kB\n";
        let machine = Machine::of(PROCESSORS, memory, &status, "6.1.9-somebody\n", RELEASE);
        let rust = "1.95.0";
        Machine { rust, ..machine }.to_string()
    }

    #[test]
    fn a_machine_is_told_in_a_sentence() {
        let architecture = std::env::consts::ARCH;
        assert_eq!(
            machine("0-1"),
            format!(
                "Machine: Some Processor 3 ({architecture}), 2 cores, 25 GB of memory; \
                 Debian GNU/Linux 12 (bookworm), Linux 6.1.9, Rust 1.95.0."
            )
        );
        assert!(machine("1").ends_with("; all of it on core 1."));
    }

    #[test]
    fn the_machine_that_runs_this_has_a_core_or_says_nothing() {
        let machine = Machine::read();
        assert_eq!(machine.cores > 0, cfg!(target_os = "linux"), "{machine}");
    }

    #[test]
    fn a_machine_that_says_nothing_is_unknown() {
        let machine = Machine::of("", "", "", "", "");
        assert_eq!((machine.cores, machine.pinned), (0, None));
        assert_eq!(machine.system, std::env::consts::OS);
    }
}
