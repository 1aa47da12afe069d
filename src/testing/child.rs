//! A test binary: builds the tests of one package and runs them.
//!
//! Where building fails, the reports go into a file that the parent names, since the standard streams are
//! the tests' own: a line that says what could not be built, then why.

use std::path::PathBuf;

use clap::Args;
use mgo_runtime::Config;
use mgo_stdlib::sys;
use mgo_vm::engine::{Shared, run_program};

use crate::session::{Compiled, with_deep_stack};
use crate::testing::build::{self, Failure};
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
    let built = match with_deep_stack(|| build(binary)) {
        Ok(b) => b,
        Err(f) => {
            let kind = if f.setup { "setup" } else { "build" };
            let text = format!("{kind} {}\n{}", f.what, f.text);
            if let Err(e) = std::fs::write(&binary.report, &text) {
                eprintln!("mgo: {}: {e}\n{text}", binary.report.display());
            }
            return 2;
        }
    };
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
    let mut graph = find::load(&binary.package, &binary.tag).map_err(|e| Failure {
        what: binary.package.join(" "),
        text: format!("{e}\n"),
        setup: true,
    })?;
    let program = build::build(&mut graph)?;
    let p = &graph.packages[graph.roots[0]];
    Ok(Built {
        dir: p.dir.clone(),
        import_path: p.import_path.clone(),
        program,
    })
}
