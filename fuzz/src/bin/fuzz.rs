//! `fuzz TARGET SECONDS SEED FOLDER…`: runs a target on changed copies of the files below the folders.
//!
//! The input at work is kept in `fuzz/crashes/TARGET-current`, so that it is there whatever ends the process;
//! a panic or a hang ends it.

use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mgo_fuzz::generate;
use mgo_fuzz::mutate::mutate;
use mgo_fuzz::pipeline::{Outcome, STACK, Target, run};
use mgo_fuzz::random::Random;

/// One input may take so long.
const LIMIT: Duration = Duration::from_secs(20);

/// Corpus files larger than this are left out.
const MAX_FILE: u64 = 32 << 10;

/// The sources below `dir`.
fn sources(dir: &Path, out: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        let source = path.extension().is_some_and(|e| e == "go" || e == "mgo");
        if path.is_dir() {
            sources(&path, out);
        } else if source && path.metadata().is_ok_and(|m| m.len() <= MAX_FILE) {
            out.extend(std::fs::read(&path).ok());
        }
    }
}

fn fuzz(
    target: Target,
    limit: Duration,
    seed: u64,
    corpus: &[Vec<u8>],
    current: &Path,
    n: &AtomicU64,
) -> (u64, u64) {
    let (mut r, start) = (Random::new(seed), Instant::now());
    let (mut runs, mut accepted) = (0, 0);
    while start.elapsed() < limit {
        let input = mutate(&mut r, corpus);
        std::fs::write(current, &input).expect("the input can be kept");
        accepted += u64::from(run(target, &input) == Outcome::Accepted);
        runs += 1;
        n.store(runs, Ordering::Relaxed);
    }
    (runs, accepted)
}

/// How long this process has computed, by the system's count; the time since `start` where there is none.
fn computed(start: Instant) -> Duration {
    // User and system time are the 12th and 13th field after the name, in ticks of 1/100 s.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let mut ticks = fields.split(' ').skip(11).map_while(|f| f.parse::<u64>().ok());
    match (ticks.next(), ticks.next()) {
        (Some(user), Some(system)) => Duration::from_millis((user + system) * 10),
        _ => start.elapsed(),
    }
}

/// Ends the process if one input takes too long; time in which a busy machine does not run it does not count.
fn watch(n: &'static AtomicU64) {
    let start = Instant::now();
    let (mut last, mut since) = (0, Duration::ZERO);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let (now, time) = (n.load(Ordering::Relaxed), computed(start));
        if now != last {
            (last, since) = (now, time);
        } else if time - since > LIMIT {
            eprintln!("hangs after {now} inputs");
            exit(1);
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [name, seconds, seed, folders @ ..] = &args[..] else {
        eprintln!("usage: fuzz TARGET SECONDS SEED FOLDER...");
        exit(2);
    };
    let Some(&(_, target)) = Target::ALL.iter().find(|t| t.0 == name) else {
        eprintln!("targets: {:?}", Target::ALL.map(|t| t.0));
        exit(2);
    };
    let (Ok(seconds), Ok(seed)) = (seconds.parse(), seed.parse()) else {
        eprintln!("seconds and seed are numbers");
        exit(2);
    };
    let mut corpus: Vec<Vec<u8>> = (0..8).map(|i| generate::program(i, 3).into_bytes()).collect();
    folders.iter().for_each(|f| sources(Path::new(f), &mut corpus));
    let crashes = Path::new(env!("CARGO_MANIFEST_DIR")).join("crashes");
    std::fs::create_dir_all(&crashes).expect("the folder for crashes can be made");
    let current = crashes.join(format!("{name}-current"));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    std::thread::spawn(|| watch(&COUNT));
    let (corpus_len, keep) = (corpus.len(), current.clone());
    let thread = std::thread::Builder::new().stack_size(STACK);
    let work = move || {
        fuzz(
            target,
            Duration::from_secs(seconds),
            seed,
            &corpus,
            &current,
            &COUNT,
        )
    };
    match thread.spawn(work).expect("a thread can be started").join() {
        Ok((runs, accepted)) => {
            std::fs::remove_file(&keep).ok();
            println!("{name}: {runs} inputs from {corpus_len} files, {accepted} accepted");
        }
        Err(_) => {
            eprintln!("{name}: panics; the input is in {}", keep.display());
            exit(1);
        }
    }
}
