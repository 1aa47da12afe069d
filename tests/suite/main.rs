//! Whole-program tests: they drive the `mgo` binary as a user would.

mod blocking;
mod cli;
mod common;
mod errors;
mod goroutines;
mod gotest;
mod gotest_dirs;
mod leaks;
mod mgotest;
mod modules;
mod oracle;
mod programs;
mod repl;
mod scripts;
mod soak;
mod terminal;
mod tidy;
mod vet;
mod watch;

fn main() {
    let args = libtest_mimic::Arguments::from_args();
    let trials = [
        tidy::trials(),
        cli::trials(),
        blocking::trials(),
        programs::trials(),
        leaks::trials(),
        repl::trials(),
        scripts::trials(),
        terminal::trials(),
        errors::trials(),
        oracle::trials(),
        watch::trials(),
        goroutines::trials(),
        gotest::trials(),
        mgotest::trials(),
        gotest_dirs::trials(),
        modules::trials(),
        vet::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&args, soak::without_exceptions(trials)).exit();
}
