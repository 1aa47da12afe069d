//! The main package of a test binary: what a package has to be run, and the source that runs it.

use std::fmt::Write;

use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::{Decl, ExprKind, File, FuncDecl};

/// The name of the generated file.
pub const FILE: &str = "_testmain.go";

/// An example function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The function.
    pub name: String,
    /// What it is to print; none: it is only compiled.
    pub output: Option<String>,
    /// In any order of lines.
    pub unordered: bool,
}

/// What the test files of one package hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// `TestX`.
    pub tests: Vec<String>,
    /// `BenchmarkX`.
    pub benchmarks: Vec<String>,
    /// `FuzzX`.
    pub fuzz: Vec<String>,
    /// `ExampleX`, with an output to compare.
    pub examples: Vec<Example>,
    /// `TestMain`.
    pub main: bool,
}

impl Entries {
    /// Collects what `files` hold.
    ///
    /// # Errors
    /// A function with the name of a test and another signature: place and text.
    pub fn of(map: &SourceMap, files: &[File]) -> Result<Entries, String> {
        let mut found = Entries::default();
        for file in files {
            for decl in &file.decls {
                let Decl::Func(f) = decl else { continue };
                if f.recv.is_none() {
                    found.function(map, file, f)?;
                }
            }
        }
        Ok(found)
    }

    fn function(&mut self, map: &SourceMap, file: &File, f: &FuncDecl) -> Result<(), String> {
        let name = &*f.name.name;
        let check = |param: &str, var: &str| {
            if takes(f, param) {
                return Ok(name.to_owned());
            }
            let at = map.locate(f.span.lo).map_or_else(String::new, |l| l.to_string());
            Err(format!(
                "{at}: wrong signature for {name}, must be: func {name}({var} *testing.{param})"
            ))
        };
        if name == "TestMain" && !takes(f, "T") {
            check("M", "m")?;
            self.main = true;
        } else if is_test(name, "Test") {
            self.tests.push(check("T", "t")?);
        } else if is_test(name, "Benchmark") {
            self.benchmarks.push(check("B", "b")?);
        } else if is_test(name, "Fuzz") {
            self.fuzz.push(check("F", "f")?);
        } else if is_test(name, "Example") && f.sig.params.is_empty() && f.sig.results.is_empty() {
            self.examples.extend(example(map, file, f));
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        let none = self.tests.is_empty() && self.benchmarks.is_empty() && self.fuzz.is_empty();
        none && self.examples.is_empty() && !self.main
    }
}

/// Whether `name` is `prefix` with something after it that does not begin with a small letter.
fn is_test(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

/// Whether a function takes one parameter, a pointer to what may be `testing.param`, and gives nothing.
fn takes(f: &FuncDecl, param: &str) -> bool {
    let [p] = &f.sig.params[..] else { return false };
    if p.names.len() > 1 || !f.sig.results.is_empty() || !f.type_params.is_empty() {
        return false;
    }
    let ExprKind::Star(t) = &p.ty.kind else {
        return false;
    };
    match &t.kind {
        ExprKind::Ident(id) => &*id.name == param,
        ExprKind::Selector(_, id) => &*id.name == param,
        _ => false,
    }
}

/// An example with its output, which the last comment in its body says.
fn example(map: &SourceMap, file: &File, f: &FuncDecl) -> Option<Example> {
    let body = f.body.as_ref()?;
    let inside = |s: &&mgo_lang::source::Span| s.lo > body.span.lo && s.hi < body.span.hi;
    let spans: Vec<_> = file.comments.iter().filter(inside).collect();
    // The last group: comments on lines right after each other. One behind code is a group by itself.
    let src = map.file(file.id);
    let is_behind_code = |lo: mgo_lang::source::Pos| {
        let before = &src.text[..(lo.0 - src.base.0) as usize];
        !before.rsplit('\n').next().unwrap_or("").trim().is_empty()
    };
    let mut group: Vec<&str> = Vec::new();
    let mut next: Option<(u32, bool)> = None;
    for s in spans.iter().rev() {
        let (line, end) = (map.locate(s.lo)?.line, map.locate(s.hi)?.line);
        let behind = is_behind_code(s.lo);
        if next.is_some_and(|(n, alone)| alone || behind || end + 1 < n) {
            break;
        }
        group.push(map.text(**s));
        next = Some((line, behind));
    }
    group.reverse();
    let text = comment_text(&group);
    let (unordered, output) = split_output(&text)?;
    Some(Example {
        name: f.name.name.to_string(),
        output: Some(output),
        unordered,
    })
}

/// The text of a group of comments, without markers.
fn comment_text(group: &[&str]) -> String {
    let mut out = String::new();
    for c in group {
        if let Some(line) = c.strip_prefix("//") {
            out.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
        } else {
            let inner = c.strip_prefix("/*").and_then(|c| c.strip_suffix("*/"));
            out.push_str(inner.unwrap_or(c));
        }
        out.push('\n');
    }
    out
}

/// Splits `[Unordered ]Output: text` into whether it is unordered, and the text.
fn split_output(text: &str) -> Option<(bool, String)> {
    let text = text.trim_start();
    let strip = |t: &'_ str, word: &str| -> Option<usize> {
        let head = t.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then_some(word.len())
    };
    let (unordered, text) = match strip(text, "unordered ") {
        Some(n) => (true, text[n..].trim_start()),
        None => (false, text),
    };
    let rest = &text[strip(text, "output:")?..];
    let rest = rest.trim_start_matches(' ');
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    Some((unordered, rest.to_owned()))
}

/// The source of the main package. `import_path` is the tested package's, `inner` and `outer` are the
/// entries of its own test files and of those of the package beside it; none if there is no such package.
pub fn source(import_path: &str, module: &str, inner: Option<&Entries>, outer: Option<&Entries>) -> String {
    let mut out = String::from(
        "// Code generated by mgo test. DO NOT EDIT.\n\npackage main\n\nimport (\n\t\"os\"\n\t\"testing\"\n\t\"internal/testlink\"\n",
    );
    let packages = [
        ("_test", String::new(), inner),
        ("_xtest", "_test".to_owned(), outer),
    ];
    for (name, suffix, entries) in &packages {
        let Some(entries) = entries else { continue };
        let name = if entries.is_empty() { "_" } else { name };
        let _ = writeln!(out, "\t{name} {:?}", format!("{import_path}{suffix}"));
    }
    out.push_str(")\n");
    let mut list = |kind: &str, var: &str, of: fn(&Entries) -> &[String]| {
        let _ = writeln!(out, "\nvar {var} = []testing.{kind}{{");
        for (name, _, entries) in &packages {
            for f in entries.map_or(&[][..], of) {
                let _ = writeln!(out, "\t{{{f:?}, {name}.{f}}},");
            }
        }
        out.push_str("}\n");
    };
    list("InternalTest", "tests", |e| &e.tests);
    list("InternalBenchmark", "benchmarks", |e| &e.benchmarks);
    list("InternalFuzzTarget", "fuzzTargets", |e| &e.fuzz);
    out.push_str("\nvar examples = []testing.InternalExample{\n");
    for (name, _, entries) in &packages {
        for e in entries.iter().flat_map(|e| &e.examples) {
            let f = &e.name;
            let text = go_string(e.output.as_deref().unwrap_or_default());
            let _ = writeln!(out, "\t{{{f:?}, {name}.{f}, {text}, {}}},", e.unordered);
        }
    }
    let main = packages.iter().find(|p| p.2.is_some_and(|e| e.main));
    let deps = format!("testlink.Deps{{Import: {import_path:?}, Module: {module:?}}}");
    let _ = write!(
        out,
        "}}\n\nfunc main() {{\n\tm := testing.MainStart({deps}, tests, benchmarks, fuzzTargets, examples)\n"
    );
    out.push_str(&match main {
        Some((name, ..)) => format!("\t{name}.TestMain(m)\n\tos.Exit(testlink.ExitCode(m))\n}}\n"),
        None => "\tos.Exit(m.Run())\n}\n".to_owned(),
    });
    out
}

/// A string literal of Go.
fn go_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use mgo_lang::diag::Diagnostics;
    use mgo_lang::syntax::ast::ExprIds;
    use mgo_lang::syntax::parser::parse_file;

    fn entries(text: &str) -> Result<Entries, String> {
        let (mut map, mut diags) = (SourceMap::new(), Diagnostics::new());
        let file = map.add("x_test.go", text).expect("small");
        let tree = parse_file(&map, file, &mut ExprIds::new(), &mut diags);
        Entries::of(&map, &[tree])
    }

    #[test]
    fn functions_are_told_by_name_and_parameter() {
        let e = entries(
            "package p\nfunc TestA(t *testing.T) {}\nfunc Testing() {}\nfunc Test(t *T) {}\n\
             func (x X) TestB(t *testing.T) {}\nfunc BenchmarkC(b *testing.B) {}\n\
             func TestMain(m *testing.M) {}\nfunc Fuzz_d(f *testing.F) {}\n",
        )
        .expect("well-formed");
        assert_eq!(e.tests, ["TestA", "Test"]);
        assert_eq!(
            (e.benchmarks, e.fuzz),
            (vec!["BenchmarkC".to_owned()], vec!["Fuzz_d".to_owned()])
        );
        assert!(e.main);
        let wrong = entries("package p\n\nfunc TestA() {}\n").expect_err("no parameter");
        assert_eq!(
            wrong,
            "x_test.go:3:1: wrong signature for TestA, must be: func TestA(t *testing.T)"
        );
    }

    #[test]
    fn the_last_comment_of_an_example_is_its_output() {
        let e = entries(
            "package p\nfunc ExampleA() {\n\tprint()\n\t// not this\n\n\t// Output:\n\t// a\n\t//   b\n}\n\
             func ExampleB() {\n\t// unordered output: x\n}\nfunc ExampleC() {\n\t// Not output: x\n\tprint()\n}\n\
             func ExampleD() {}\nfunc ExampleE() {\n\tprint() // Output: a\n\t// b\n}\n\
             func ExampleF() {\n\t// Not this\n\tprint() // Output: f\n}\n",
        )
        .expect("well-formed");
        let got: Vec<_> = e
            .examples
            .iter()
            .map(|e| (&*e.name, e.output.as_deref(), e.unordered))
            .collect();
        assert_eq!(
            got,
            [
                ("ExampleA", Some("a\n  b\n"), false),
                ("ExampleB", Some("x\n"), true),
                ("ExampleF", Some("f\n"), false),
            ]
        );
    }
}
