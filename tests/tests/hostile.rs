//! Hostile tokens, a few thousand of them; `cargo xtask hostile` tries a million.

use std::collections::BTreeSet;
use std::fs;

use tokio::runtime::Runtime;
use tollgate_tests::events::in_repository;
use tollgate_tests::hostile::{CLASSES, Class, Honest, Plan, keep, run, table, verdict};
use tollgate_tests::logs;

const SEED: u64 = 1;
/// Tokens of each class.
const EACH: u64 = 60;

fn count(each: u64) -> u64 {
    u64::try_from(CLASSES.len()).expect("not so many") * each
}

fn honest(seed: u64) -> Honest {
    Runtime::new()
        .expect("threads")
        .block_on(Honest::make(seed))
}

#[test]
fn no_hostile_token_is_let_in_and_no_handler_fails() {
    logs::capture();
    let honest = honest(SEED);
    logs::forbid_keys_in(honest.data());
    let plan = Plan {
        seed: SEED,
        indices: 0..count(EACH),
        workers: 2,
    };
    let tally = run(&plan, &honest, &|_| ());
    print(&table(&tally));
    if !tally.is_sound() {
        keep(&tally.findings, &honest, SEED).expect("target/ can be written to");
    }
    assert!(tally.is_sound(), "{}", verdict(&tally, SEED));
    for (class, asked, least) in tally.least_calls() {
        // The authorizer in three forms, or refresh and logout.
        assert!(matches!(asked, 2 | 3), "{class}: {asked}");
        assert_eq!(least, EACH, "{class}");
    }
}

#[test]
fn the_same_seed_makes_the_same_tokens() {
    let (one, again, other) = (honest(3), honest(3), honest(4));
    let attack = |honest, seed, index| Class::attack(honest, seed, index).1;
    let mut same = 0;
    for index in 0..count(4) {
        assert_eq!(attack(&one, 3, index), attack(&again, 3, index), "{index}");
        same += u64::from(attack(&one, 3, index) == attack(&other, 4, index));
    }
    assert!(same < count(1), "{same} do not depend on the seed");
}

/// A class that makes one token over and over would look as good in the table.
#[test]
fn every_class_makes_many_tokens() {
    let honest = honest(SEED);
    let classes = count(1);
    for (place, class) in CLASSES.iter().enumerate() {
        let place = u64::try_from(place).expect("not so many");
        let of_class =
            (0..500).map(|number| Class::attack(&honest, SEED, place + number * classes));
        let tokens: Vec<_> = of_class.map(|(made, attack)| (made.name, attack)).collect();
        assert!(tokens.iter().all(|(name, _)| *name == class.name));
        let different: BTreeSet<_> = tokens
            .iter()
            .map(|(_, attack)| format!("{attack:?}"))
            .collect();
        assert!(different.len() > 300, "{}: {}", class.name, different.len());
    }
}

/// Its table is only there after a million; that no class is missing is seen at once.
#[test]
fn the_page_has_every_class() {
    let page = fs::read_to_string(in_repository("docs/hostile-input.md")).expect("the page");
    let names: BTreeSet<_> = CLASSES.iter().map(|class| class.name).collect();
    assert_eq!(names.len(), CLASSES.len(), "two classes of one name");
    for name in names {
        let row = format!("| {name} |");
        assert!(
            page.contains(&row),
            "no row {row:?}: run cargo xtask hostile --write"
        );
    }
}

#[expect(clippy::print_stdout, reason = "what a run shows with --nocapture")]
fn print(text: &str) {
    println!("{text}");
}
