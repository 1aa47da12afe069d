//! The stages from source text to bytecode, each run on whatever bytes come.

use mgo_lang::diag::Diagnostics;
use mgo_lang::diag::render::{Style, render};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::{ExprIds, File};
use mgo_lang::syntax::lexer::{decode, lex, report_invalid_utf8};
use mgo_lang::syntax::parser::{FragmentKind, parse_file, parse_fragment};
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::store::Store;
use mgo_lang::types::{Source, check_package};
use mgo_stdlib::library::{Library, RUNTIME_ERRORS};
use mgo_stdlib::natives::Registry;
use mgo_vm::bytecode::verify;
use mgo_vm::compile::{Compiler, Packages};

/// Stack of the thread that the stages run on, as in the command.
pub const STACK: usize = 1 << 30;

/// A stage, with all before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// Bytes to tokens.
    Lexer,
    /// Tokens to a tree, of files and of fragments.
    Parser,
    /// The tree to a typed tree; trees with gaps are checked, too.
    Checker,
    /// The typed tree to bytecode, which is verified.
    Compiler,
}

impl Target {
    /// All of them with their names.
    pub const ALL: [(&'static str, Target); 4] = [
        ("lexer", Target::Lexer),
        ("parser", Target::Parser),
        ("checker", Target::Checker),
        ("compiler", Target::Compiler),
    ];
}

/// How far an input got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Something was reported.
    Refused,
    /// Nothing was.
    Accepted,
}

/// Runs the stages up to `target` on `bytes` and renders what is wrong.
///
/// # Panics
/// When a stage does, or leaves bytecode that does not verify: that is what is looked for.
pub fn run(target: Target, bytes: &[u8]) -> Outcome {
    let (text, bad) = decode(bytes.to_vec());
    let (mut map, mut diags, mut ids) = (SourceMap::new(), Diagnostics::new(), ExprIds::new());
    let Ok(file) = map.add("f.go", text) else {
        return Outcome::Refused;
    };
    report_invalid_utf8(map.file(file), &bad, &mut diags);
    if target == Target::Lexer {
        lex(map.file(file), &mut diags);
        return finish(&map, diags);
    }
    let tree = parse_file(&map, file, &mut ids, &mut diags);
    if target == Target::Parser {
        for kind in [FragmentKind::Stmts, FragmentKind::Expr] {
            parse_fragment(&map, file, kind, &mut ExprIds::new(), &mut Diagnostics::new());
        }
        return finish(&map, diags);
    }
    let n_exprs = ids.count() as u32;
    let mut package = Checked::new(map, tree, n_exprs, diags);
    if target == Target::Compiler && !package.diags.has_errors() {
        package.compile();
    }
    finish(&package.map, package.diags)
}

/// Renders all reports, as that must not fail either.
fn finish(map: &SourceMap, diags: Diagnostics) -> Outcome {
    let failed = diags.has_errors();
    let list = diags.into_sorted();
    render(map, &list, Style::Lines, true);
    render(map, &list, Style::Snippets { color: false }, false);
    if failed {
        Outcome::Refused
    } else {
        Outcome::Accepted
    }
}

/// A checked program and what compiling it needs.
pub struct Checked {
    map: SourceMap,
    store: Store,
    library: Library,
    main: CheckedPackage,
    /// What is wrong.
    pub diags: Diagnostics,
}

impl Checked {
    /// Checks the program in `tree`.
    pub fn new(mut map: SourceMap, tree: File, n_exprs: u32, mut diags: Diagnostics) -> Checked {
        let (mut store, mut library) = (Store::new(), Library::new());
        let config = Config {
            stack: STACK / 4,
            allow_type_params: true,
            ..Config::default()
        };
        let source = Source {
            path: "main",
            files: vec![tree],
            n_exprs,
        };
        let main = check_package(&mut store, &mut map, &mut library, &config, source, &mut diags);
        Checked {
            map,
            store,
            library,
            main,
            diags,
        }
    }

    /// Compiles the program and verifies its bytecode; what cannot be compiled is added to what is wrong. How
    /// many words of code there are.
    ///
    /// # Panics
    /// When the bytecode does not verify.
    pub fn compile(&mut self) -> usize {
        let scope = self.store[self.main.id].scope;
        if !self.store[scope].names.contains_key("main") {
            return 0;
        }
        let loaded = self
            .library
            .import(&mut self.store, &mut self.map, RUNTIME_ERRORS);
        loaded.expect("the library has it");
        let mut packages = Packages::new();
        self.library
            .take_packages()
            .into_iter()
            .for_each(|p| packages.add(p));
        let id = self.main.id;
        let main = std::mem::replace(&mut self.main, empty(id));
        packages.add(main);
        let mut compiler = Compiler::new(Registry::new());
        match compiler.compile_main(&mut self.store, &self.map, &mut packages, id) {
            Ok(_) => {
                let program = compiler.program();
                for (_, f) in program.funcs.iter() {
                    verify::func(program, f).expect("bytecode verifies");
                }
                program.funcs.iter().map(|(_, f)| f.code.len()).sum()
            }
            Err(list) => {
                list.into_iter().for_each(|d| self.diags.push(d));
                0
            }
        }
    }
}

/// What stands for a package whose contents were handed on.
fn empty(id: mgo_lang::types::store::PkgId) -> CheckedPackage {
    CheckedPackage {
        id,
        files: Vec::new(),
        info: Default::default(),
        n_exprs: 0,
        file_scopes: Vec::new(),
        funcs: Default::default(),
    }
}
