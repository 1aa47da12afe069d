//! A test binary: builds the tests of one package and runs them.
//!
//! How building went is said in a file that the parent names, since the standard streams are the tests' own.
//! Its first line is `built`, how long that took in nanoseconds, and how many blocks of statements are counted;
//! or `build` or `setup` and what could not be built, and after it follows why.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use mgo_runtime::Config;
use mgo_stdlib::sys;
use mgo_vm::engine::{Shared, run_program};

use crate::load::LoadError;
use crate::module::{self, Options};
use crate::session::{Compiled, with_deep_stack};
use crate::testing::build::{self, Covering, Failure};
use crate::testing::find;

/// The arguments of the hidden command.
#[derive(Args)]
pub struct Binary {
    /// Where reports of errors go
    #[arg(long)]
    report: PathBuf,
    /// A build tag
    #[arg(long)]
    tag: Vec<String>,
    /// Build only
    #[arg(long)]
    no_run: bool,
    /// How statements are counted
    #[arg(long, default_value = "")]
    covermode: String,
    /// A pattern of packages whose statements are counted
    #[arg(long)]
    coverpkg: Vec<String>,
    /// Count statements to guide fuzzing
    #[arg(long)]
    fuzz: bool,
    /// The package: its folder or its files
    package: Vec<String>,
    /// Flags of the tests
    #[arg(last = true)]
    args: Vec<String>,
}

/// A program, and where it is to be run.
struct Built {
    dir: PathBuf,
    import_path: String,
    program: Compiled,
}

/// Builds and runs the tests of a package; the exit status.
pub fn run(binary: &Binary) -> u8 {
    let start = Instant::now();
    let built = with_deep_stack(|| build(binary));
    let report = match &built {
        Ok(b) => {
            let blocks = b.program.program.cover.get().map_or(0, |c| c.blocks.len());
            format!("built {} {blocks}\n", start.elapsed().as_nanos())
        }
        Err(f) => {
            let kind = if f.setup { "setup" } else { "build" };
            format!("{kind} {}\n{}", f.what, f.text)
        }
    };
    if let Err(e) = std::fs::write(&binary.report, &report) {
        eprintln!("mgo: {}: {e}\n{report}", binary.report.display());
        return 2;
    }
    let Ok(built) = built else { return 2 };
    if binary.no_run {
        return no_run(binary, &built.program);
    }
    if let Err(e) = std::env::set_current_dir(&built.dir) {
        eprintln!("mgo: {}: {e}", built.dir.display());
        return 2;
    }
    let name = built.import_path.rsplit('/').next().unwrap_or_default();
    let arg0 = std::env::temp_dir().join(format!("{name}.test"));
    let args = std::iter::once(arg0.display().to_string()).chain(binary.args.iter().cloned());
    sys::set_args(args.collect());
    let config = Config {
        exit_process: true,
        ..Config::from_env()
    };
    let shared = Shared::new(built.program.program, built.program.natives, None);
    run_program(shared, built.program.entry, config) as u8
}

fn build(binary: &Binary) -> Result<Built, Failure> {
    let mut graph = find::load(&binary.package, &binary.tag).map_err(|e| failed(binary, &e))?;
    let program = build::build(&mut graph, &covering(binary)?)?;
    let p = &graph.packages[graph.roots[0]];
    Ok(Built {
        dir: p.dir.clone(),
        import_path: p.import_path.clone(),
        program,
    })
}

/// The end of a binary that is built only: statements that could have been counted go into the profile.
fn no_run(binary: &Binary, built: &Compiled) -> u8 {
    let flag = "-test.coverprofile=";
    let profile = binary.args.iter().find_map(|a| a.strip_prefix(flag));
    let (Some(name), Some(cover)) = (profile, built.program.cover.get()) else {
        return 0;
    };
    let lines = cover
        .blocks
        .iter()
        .map(|b| format!("{} {} 0\n", b.at, b.statements));
    let text: String = std::iter::once(format!("mode: {}\n", cover.mode))
        .chain(lines)
        .collect();
    match std::fs::write(name, text) {
        Ok(()) => 0,
        Err(e) => {
            eprintln!("mgo: {name}: {e}");
            2
        }
    }
}

/// What is to be counted.
fn covering(binary: &Binary) -> Result<Covering, Failure> {
    let mut covering = Covering {
        mode: binary.covermode.clone(),
        guide: binary.fuzz,
        ..Covering::default()
    };
    if !binary.coverpkg.is_empty() {
        let options = Options {
            tests: false,
            tags: binary.tag.clone(),
        };
        let found = module::load(&binary.coverpkg, &options).map_err(|e| failed(binary, &e))?;
        let paths = found.roots.iter().map(|&i| found.packages[i].import_path.clone());
        covering.packages = Some(paths.collect());
        covering.scope = format!(" in {}", binary.coverpkg.join(", "));
    }
    Ok(covering)
}

fn failed(binary: &Binary, e: &LoadError) -> Failure {
    Failure {
        what: binary.package.join(" "),
        text: format!("{e}\n"),
        setup: true,
    }
}
