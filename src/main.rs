//! The `mgo` command: arguments to command to exit status.
#![forbid(unsafe_code)]

mod cmd;
mod imports;
mod json;
mod load;
mod module;
mod repl;
mod script;
mod session;
mod testing;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use module::Options;

#[global_allocator]
static MALLOC: mgo_runtime::os::malloc::OrFatal = mgo_runtime::os::malloc::OrFatal;

/// Runs Go programs without compiling them first, on a scheduler that works as Go's does.
#[derive(Parser)]
#[command(name = "mgo", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    /// Evaluate an entry of the REPL and end (may be given several times)
    #[arg(short = 'e', value_name = "CODE")]
    eval: Vec<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  mgo run hello.mgo                    run a program
  mgo run . a b c                      run the package in this folder with three arguments
  echo 'package main; func main() { println(1) }' | mgo run -
  GOMAXPROCS=1 mgo run examples/preempt.mgo
  GODEBUG=asyncpreemptoff=1 mgo run f.mgo   without SIGURG preemption, as before Go 1.14
  mgo run ./cmd/x                      a program of a module: go.mod here or above
  mgo                                  the REPL, on a terminal
  mgo -e 'math.Sqrt(2)'                evaluate an entry of the REPL
  mgo check f.mgo                      type-check only
  mgo check ./...                      all packages below this folder
  mgo vet ./...                        what compiles and is most likely wrong
  mgo disasm f.mgo                     the bytecode, beside the source lines";

#[derive(Subcommand)]
enum Command {
    /// Run a program: files, a folder that is one package, or `-` for standard input
    Run {
        #[command(flatten)]
        input: Input,
        #[command(flatten)]
        report: Report,
        /// End the program with Go's out-of-memory error beyond this much heap (256M, 1G)
        #[arg(long, value_name = "SIZE", value_parser = load::parse_size)]
        max_memory: Option<u64>,
        /// When the program ends, report goroutines that can never go on; status 3 if there are any
        #[arg(long)]
        leaks: bool,
    },
    /// Evaluate Go statements and expressions one after the other, from a terminal or a pipe
    Repl {
        /// End with Go's out-of-memory error beyond this much heap (256M, 1G)
        #[arg(long, value_name = "SIZE", value_parser = load::parse_size)]
        max_memory: Option<u64>,
    },
    /// Type-check without running: files, folders, import paths, `./...` for all packages of a tree
    Check {
        #[command(flatten)]
        packages: Packages,
        #[command(flatten)]
        report: Report,
        /// Print JSON, an object a line, to standard output (short for --format=json)
        #[arg(long)]
        json: bool,
    },
    /// Report what compiles and is most likely wrong: wrong formats, copied locks, unreachable code …
    Vet {
        #[command(flatten)]
        packages: Packages,
        #[command(flatten)]
        report: Report,
        /// Print findings as a JSON object, in the form of `go vet -json`
        #[arg(long)]
        json: bool,
    },
    /// Test packages, with the flags of go test
    Test {
        /// Flags and packages: -run -skip -v -count -cpu -parallel -timeout -failfast -shuffle -short -list -bench
        /// -benchtime -benchmem -json -cover -coverprofile …, then packages such as ./...
        #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Build and run the tests of one package
    #[command(name = testing::SUBCOMMAND, hide = true)]
    TestBinary(testing::child::Binary),
    /// Print the bytecode of a program with its source lines
    Disasm {
        #[command(flatten)]
        input: Input,
        /// Only functions whose name matches this regular expression
        #[arg(short = 's', long, value_name = "REGEX")]
        symbol: Option<String>,
    },
}

/// What is compiled.
#[derive(Args)]
struct Input {
    /// Build tags that hold besides those of the system, separated by commas
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// A .mgo or .go file (several form one package), a folder, an import path, or - for standard input; then arguments of the program
    #[arg(
        value_name = "FILE",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<String>,
}

/// Which packages are looked at.
#[derive(Args)]
struct Packages {
    /// Build tags that hold besides those of the system, separated by commas
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// Folders, import paths, patterns with `...`; or files of one package, or - for standard input
    #[arg(value_name = "PACKAGES", default_value = ".")]
    patterns: Vec<String>,
}

impl Packages {
    fn options(&self) -> Options {
        Options {
            tags: self.tags.clone(),
            ..Options::default()
        }
    }
}

/// How errors are shown.
#[derive(Args, Clone, Copy)]
struct Report {
    /// Show all errors, not only the first ten
    #[arg(short = 'e', long = "all-errors")]
    all: bool,
    /// As snippets of source, or one line each as the Go compiler prints them
    #[arg(long, value_enum, default_value_t = Format::Snippet)]
    format: Format,
}

/// The form of an error report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The source with the place marked
    Snippet,
    /// `file:line:column: message`
    Line,
    /// One JSON object a line on standard output, all of them
    Json,
}

impl Input {
    /// Splits the words into source paths and the program's own arguments: as with `go run`, the leading
    /// words that end in .go or .mgo are files.
    fn split(self) -> (Vec<String>, Options, Vec<String>) {
        let is_source = |w: &String| w.ends_with(".go") || w.ends_with(".mgo");
        let n = self.words.iter().take_while(|w| is_source(w)).count().max(1);
        let mut words = self.words.into_iter();
        let files = words.by_ref().take(n).collect();
        let options = Options {
            tags: self.tags,
            ..Options::default()
        };
        (files, options, words.collect())
    }
}

/// The words of the command line; where they begin with a file, `run` is put before it: so `#!/usr/bin/env mgo` works.
fn command_words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let is_program = words.get(1).is_some_and(|w| {
        let path = std::path::Path::new(w);
        let by_name = path.extension().is_some_and(|e| e == "mgo" || e == "go");
        path.is_file() && (by_name || script::begins_as_script(path))
    });
    if is_program {
        words.insert(1, "run".into());
    }
    words
}

fn main() -> ExitCode {
    mgo_runtime::os::mem::grow_malloc_by_large_steps();
    let cli = Cli::parse_from(command_words());
    if !cli.eval.is_empty() {
        return ExitCode::from(cmd::repl::eval(&cli.eval));
    }
    let command = cli.command.unwrap_or(Command::Repl { max_memory: None });
    let status = match command {
        Command::Repl { max_memory } => cmd::repl::repl(max_memory),
        Command::Run {
            input,
            report,
            max_memory,
            leaks,
        } => {
            let (files, options, args) = input.split();
            cmd::run::run(
                &files,
                &options,
                args,
                report,
                cmd::run::Limits { max_memory, leaks },
            )
        }
        Command::Check {
            packages,
            mut report,
            json,
        } => {
            if json {
                report.format = Format::Json;
            }
            cmd::check::check(&packages.patterns, &packages.options(), report)
        }
        Command::Disasm { input, symbol } => {
            let (files, options, _) = input.split();
            cmd::disasm::disasm(&files, &options, symbol.as_deref())
        }
        Command::Vet {
            packages,
            report,
            json,
        } => cmd::vet::vet(&packages.patterns, &packages.options(), report, json),
        Command::Test { words } => cmd::test::test(&words),
        Command::TestBinary(binary) => testing::child::run(&binary),
    };
    ExitCode::from(status)
}
