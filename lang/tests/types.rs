//! The checker: what it says of wrong programs, and what it leaves for the compiler.
//!
//! Files in `types/` are checked; a line with `// ERROR "re" …` must have exactly the errors its
//! patterns match (parts of their texts, no regular expressions; `|` separates alternatives), all
//! others none, as with Go's `errorcheck`. Besides, the example of every code must have that code.

use std::path::Path;

use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::{parse_file, parse_outline};
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{PkgId, Store};
use mgo_lang::types::{Source, check_func_body, check_package};

/// The packages that tests may import.
const LIBRARY: &[(&str, &str)] = &[
    (
        "fmt",
        "package fmt\nfunc Println(a ...any) (n int, err error)\nfunc Sprint(a ...any) string\n",
    ),
    (
        "p",
        "package p\ntype T struct { a int; B int }\nfunc (T) M() {}\nfunc (T) n() {}\nvar X int\nvar y int\n",
    ),
];

/// Knows [`LIBRARY`].
#[derive(Default)]
struct Library {
    known: Vec<(String, PkgId)>,
}

impl Importer for Library {
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        if let Some((_, id)) = self.known.iter().find(|(p, _)| p == path) {
            return Ok(*id);
        }
        let Some((_, text)) = LIBRARY.iter().find(|(p, _)| *p == path) else {
            return Err(format!("package {path} is not in std"));
        };
        let config = Config {
            allow_missing_bodies: true,
            lazy_bodies: true,
            ..Config::default()
        };
        let mut session = Session {
            store,
            map,
            library: self,
            diags: Diagnostics::new(),
        };
        let pkg = session.check(path, &[text], &config);
        assert!(!session.diags.has_errors(), "{path}");
        self.known.push((path.into(), pkg.id));
        Ok(pkg.id)
    }
}

struct Session<'s> {
    store: &'s mut Store,
    map: &'s mut SourceMap,
    library: &'s mut Library,
    diags: Diagnostics,
}

impl Session<'_> {
    fn check(&mut self, path: &str, texts: &[&str], config: &Config) -> CheckedPackage {
        let mut ids = ExprIds::new();
        let mut files = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let id = self.map.add(format!("{path}{i}.go"), *text).unwrap();
            let parse = if config.lazy_bodies {
                parse_outline
            } else {
                parse_file
            };
            files.push(parse(self.map, id, &mut ids, &mut self.diags));
        }
        let source = Source {
            path,
            files,
            n_exprs: ids.count() as u32,
        };
        check_package(
            self.store,
            self.map,
            self.library,
            config,
            source,
            &mut self.diags,
        )
    }
}

/// Checks the files `texts` of one package; what is wrong.
fn diagnose(texts: &[&str]) -> (SourceMap, Vec<Diagnostic>) {
    let (mut store, mut map) = (Store::new(), SourceMap::new());
    let mut library = Library::default();
    let mut session = Session {
        store: &mut store,
        map: &mut map,
        library: &mut library,
        diags: Diagnostics::new(),
    };
    session.check(
        "main",
        texts,
        &Config {
            allow_type_params: true,
            ..Config::default()
        },
    );
    let list = session.diags.into_sorted();
    (map, list)
}

/// The line of a diagnostic.
fn line(map: &SourceMap, d: &Diagnostic) -> u32 {
    map.locate(d.span.lo).map_or(0, |l| l.line)
}

/// Compares the errors of `text` with those it announces; what differs.
fn compare(text: &str) -> Vec<String> {
    let (map, list) = diagnose(&[text]);
    let mut found: Vec<(u32, String)> = list.iter().map(|d| (line(&map, d), d.message.clone())).collect();
    let mut wrong = Vec::new();
    for (i, l) in text.lines().enumerate() {
        let n = i as u32 + 1;
        let Some((_, want)) = l.split_once("// ERROR ") else {
            continue;
        };
        for pattern in want.split('"').skip(1).step_by(2) {
            let hit = |(at, m): &(u32, String)| *at == n && pattern.split('|').any(|p| m.contains(p));
            match found.iter().position(hit) {
                Some(i) => drop(found.remove(i)),
                None => wrong.push(format!("{n}: missing {pattern:?}")),
            }
        }
    }
    wrong.extend(found.into_iter().map(|(n, m)| format!("{n}: unexpected {m:?}")));
    wrong
}

#[test]
fn announced_errors_and_no_others() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types");
    let mut report = Vec::new();
    let mut n = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        report.extend(compare(&text).into_iter().map(|w| format!("{name}:{w}")));
        n += 1;
    }
    assert!(n > 0 && report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn the_example_of_a_code_has_it() {
    // What takes several files or a long one, what the parser reports before the checker can, and what the
    // loader asks for (tests/modules).
    let special = [
        Code::InvalidEmbed,
        Code::MismatchedPkgName,
        Code::TooDeep,
        Code::UntypedLit,
        Code::BadTypeKeyword,
    ];
    let mut wrong = Vec::new();
    for &code in Code::ALL {
        if special.contains(&code) {
            continue;
        }
        let example = code.example();
        let text = if example.starts_with("package") || example.starts_with("//go:build") {
            example.into()
        } else {
            format!("package q\n{example}\n")
        };
        let (_, list) = diagnose(&[&text]);
        if !list.iter().any(|d| d.code == code) {
            let got: Vec<_> = list
                .iter()
                .map(|d| format!("{}: {}", d.code.name(), d.message))
                .collect();
            wrong.push(format!("{}: {example:?} gave {got:?}", code.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn type_parameters_are_refused_by_default() {
    let text = "package q\n\
        func f[P any](p P) P { return p }\n\
        type T[P any] struct{ x P }\n\
        func (t T[P]) m() {}\n\
        type A[P any] = []P\n\
        var x = f(1)\n";
    let (mut store, mut map) = (Store::new(), SourceMap::new());
    let mut library = Library::default();
    let mut session = Session {
        store: &mut store,
        map: &mut map,
        library: &mut library,
        diags: Diagnostics::new(),
    };
    session.check("q", &[text], &Config::default());
    let list = session.diags.into_sorted();
    let lines: Vec<u32> = list
        .iter()
        .filter(|d| d.code == Code::Unsupported)
        .map(|d| line(&map, d))
        .collect();
    assert_eq!(lines, [2, 3, 4, 5]);
}

#[test]
fn files_of_one_package_agree_on_its_name() {
    let (_, list) = diagnose(&["package a\nvar x = y\n", "package a\nvar y = 1\n", "package b\n"]);
    let texts: Vec<_> = list.iter().map(|d| (d.code, &*d.message)).collect();
    assert_eq!(
        texts,
        [(Code::MismatchedPkgName, "package b; expected package a")]
    );
}

#[test]
fn chains_and_shared_parts_cost_little() {
    let chain = |f: &dyn Fn(usize) -> String, last: &str, n: usize| -> String {
        let lines: String = (0..n).map(f).collect();
        format!("package q\n{lines}{}\n", last.replace('#', &n.to_string()))
    };
    let run = |text: String| {
        std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || diagnose(&[&text]).1)
    };
    let run = |text: String| run(text).unwrap().join().unwrap();
    let exponential = [
        chain(
            &|i| format!("type T{i} struct {{ a, b T{} }}\n", i + 1),
            "type T# int\nvar x T0\nvar y = x == x",
            64,
        ),
        chain(
            &|i| format!("type T{i} = struct {{ a, b T{} }}\n", i + 1),
            "type T# = int\nvar x T0\nvar y = x == x",
            64,
        ),
        chain(
            &|i| {
                format!(
                    "type T{i} interface {{ A{i}; B{i} }}\ntype A{i} interface {{ T{0} }}\ntype B{i} interface {{ T{0} }}\n",
                    i + 1
                )
            },
            "type T# interface { m() }\nvar x T0",
            40,
        ),
    ];
    for text in exponential {
        assert_eq!(
            run(text).iter().map(|d| &d.message).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
    }
    let deep = [
        chain(&|i| format!("var v{i} = v{}\n", i + 1), "var v# = 1", 30_000),
        chain(
            &|i| format!("type T{i} = []T{}\n", i + 1),
            "type T# = int",
            30_000,
        ),
        (0..30_000).fold("package q\ntype T0 = int\n".into(), |s, i| {
            format!("{s}type T{} = []T{i}\n", i + 1)
        }),
    ];
    for text in deep {
        let list = run(text);
        assert!(list.iter().any(|d| d.code == Code::TooDeep), "{:?}", list.first());
    }
}

#[test]
fn skipped_bodies_are_checked_when_needed() {
    let text = "package q\n\
        import \"fmt\"\n\
        var a = f()\n\
        var b = 1\n\
        func f() int { return g(\"}\") }\n\
        func g(s string) int { return b + len(s) }\n\
        func h() { undefined(); fmt.Println() }\n";
    let (mut store, mut map) = (Store::new(), SourceMap::new());
    let mut library = Library::default();
    let config = Config {
        lazy_bodies: true,
        ..Config::default()
    };
    let mut session = Session {
        store: &mut store,
        map: &mut map,
        library: &mut library,
        diags: Diagnostics::new(),
    };
    let mut pkg = session.check("q", &[text], &config);
    let mut diags = session.diags;
    assert!(!diags.has_errors());
    let order: Vec<&str> = pkg
        .info
        .init_order
        .iter()
        .map(|i| &*store[i.lhs[0]].name)
        .collect();
    assert_eq!(order, ["b", "a"]);
    let h = *store[store[pkg.id].scope].names.get("h").unwrap();
    assert!(matches!(store[h].kind, ObjKind::Func(_)) && !pkg.funcs[&h].checked);
    check_func_body(&mut store, &map, &config, &mut pkg, h, &mut diags);
    let texts: Vec<String> = diags.into_sorted().into_iter().map(|d| d.message).collect();
    assert_eq!(texts, ["undefined: undefined"]);
}

#[test]
fn reports_name_what_was_meant_and_where_it_stands() {
    let text = "package q\n\
        import \"fmt\"\n\
        import \"p\"\n\
        type point struct{ xs int }\n\
        func (point) Length() {}\n\
        func use(count int) { }\n\
        func f() {\n\
        var pt point\n\
        fmt.Printl(pt.xz, poitn{})\n\
        pt.Lenght()\n\
        use(\"a\")\n\
        use()\n\
        pt.xs = \"b\"\n\
        }\n";
    let (map, list) = diagnose(&[text]);
    let shown: Vec<String> = list
        .iter()
        .map(|d| {
            let places: Vec<String> = d
                .related
                .iter()
                .map(|(s, t)| format!("{}: {t}", map.locate(s.lo).unwrap().line))
                .collect();
            let fix = d
                .fix
                .as_ref()
                .map(|f| format!("{:?} -> {:?}", map.text(f.span), f.text));
            format!(
                "{} {:?} {:?} {:?}",
                line(&map, d),
                places,
                d.notes,
                fix.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"3 [] [] "\"import \\\"p\\\"\\n\" -> \"\"""#,
            r#"9 [] ["did you mean Println?"] "\"Printl\" -> \"Println\"""#,
            r#"9 ["4: type point is declared here"] ["did you mean xs?"] "\"xz\" -> \"xs\"""#,
            r#"9 [] ["did you mean point?"] "\"poitn\" -> \"point\"""#,
            r#"10 ["4: type point is declared here"] ["did you mean Length?"] "\"Lenght\" -> \"Length\"""#,
            r#"11 ["6: parameter count is declared here"] [] """#,
            r#"12 ["6: use is declared here"] [] """#,
            r#"13 ["4: field xs is declared here"] [] """#,
        ]
    );
}

#[test]
fn line_directives_move_reports() {
    let text = "package q\n\
        var a = b\n\
        //line other.go:10\n\
        var c = d\n\
        var e = f\n\
        //line :7:3\n\
        var g = h\n\
        var i = /*line third.go:1:1*/j\n\
        // not at the start: //line x.go:1\n\
        var k = l\n\
        //line y.go:0\n\
        //line y.go:x\n\
        // line z.go:1\n\
        var m = n\n";
    let (map, list) = diagnose(&[text]);
    let shown: Vec<String> = list
        .iter()
        .map(|d| format!("{}: {}", map.locate(d.span.lo).unwrap(), d.message))
        .collect();
    assert_eq!(
        shown,
        [
            "main0.go:2:9: undefined: b",
            "other.go:10: undefined: d",
            "other.go:11: undefined: f",
            "other.go:7:11: undefined: h",
            "third.go:1:1: undefined: j",
            "third.go:3:9: undefined: l",
            "third.go:4:8: invalid line number: 0",
            "third.go:5:13: invalid line number: x",
            "third.go:7:9: undefined: n",
        ]
    );
}
