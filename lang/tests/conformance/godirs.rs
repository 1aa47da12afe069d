//! Where Go's tests are, and which programs each group takes from there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::front::{Options, Package};
use super::group::{Case, Found, Group};
use super::marks::{Mark, error_comments, token_comments};
use super::recipe::{Recipe, is_built};

/// All groups, with their goals.
pub fn groups() -> Vec<Group> {
    let group = |name, cases, lines_found, lines_false, exact| Group {
        name,
        cases,
        lines_found,
        lines_false,
        exact,
    };
    vec![
        group("errorcheck", errorcheck, 97.0, 1.0, 93.0),
        group("errorcheckdir", errorcheckdir, 99.0, 1.0, 80.0),
        group("compile", compile, 100.0, 100.0, 99.0),
        group("compiledir", compiledir, 100.0, 100.0, 99.0),
        group("testdata", testdata, 99.0, 1.0, 86.5),
    ]
}

/// The root of a Go toolchain.
pub fn goroot() -> Option<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let root = ROOT.get_or_init(|| {
        let named = std::env::var("MGO_GO").ok();
        let commands = named.into_iter().chain(["go".to_owned()]);
        let env = |go: String| {
            let out = Command::new(go)
                .args(["env", "GOROOT"])
                .env("GOTOOLCHAIN", "local")
                .output()
                .ok()?;
            let root = PathBuf::from(String::from_utf8(out.stdout).ok()?.trim());
            root.join("src/internal/types/testdata").is_dir().then_some(root)
        };
        commands.into_iter().find_map(env)
    });
    root.as_deref()
}

/// Go's test directory.
fn test_dir() -> Option<PathBuf> {
    let named = std::env::var_os("MGO_GOTEST").map(PathBuf::from);
    let usual = PathBuf::from("/usr/share/go-1.27/test");
    let mut dirs = named.into_iter().chain([usual]);
    dirs.find(|d| d.join("helloworld.go").is_file())
}

/// The `.go` files of `dir`, and with `deep` those below it; sorted.
fn sources(dir: &Path, deep: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if deep && path.extension().is_none_or(|e| e != "dir") {
                found.extend(sources(&path, true));
            }
        } else if path.extension().is_some_and(|e| e == "go") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> (Vec<u8>, String) {
    let bytes = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (bytes, text)
}

/// The programs of the test directory with one of `actions`, each given to `make`.
fn programs(actions: &[&str], make: fn(&Path, &Recipe, Case) -> Result<Case, String>) -> Found {
    let Some(dir) = test_dir() else {
        eprintln!(
            "conformance {actions:?}: skipped: Go's test directory is not installed (set MGO_GOTEST to it)"
        );
        return Ok(None);
    };
    let mut cases = Vec::new();
    for path in sources(&dir, true) {
        let (_, text) = read(&path);
        let recipe = Recipe::of(&text);
        if !actions.contains(&recipe.action.as_str()) {
            continue;
        }
        let name = path.strip_prefix(&dir).unwrap_or(&path).display().to_string();
        let left_out = recipe
            .out_of_scope()
            .or((!is_built(&text)).then(|| "other platform".to_owned()));
        let options = Options {
            lang: recipe.value("-lang").unwrap_or_default().to_owned(),
            missing_bodies: !recipe.has("-complete"),
            limit: recipe.has("-e=0"),
            asserts: false,
        };
        let case = Case {
            name,
            options,
            left_out,
            ..Case::default()
        };
        cases.push(if case.left_out.is_some() {
            case
        } else {
            make(&path, &recipe, case)?
        });
    }
    Ok(Some(cases))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn one_file(path: &Path, mut case: Case) -> Case {
    case.packages = vec![Package {
        paths: vec!["main".to_owned()],
        files: vec![(file_name(path), read(path).0)],
    }];
    case
}

fn errorcheck() -> Found {
    programs(&["errorcheck"], |path, recipe, case| {
        let mut case = one_file(path, case);
        if !recipe.has("-0") {
            case.marks = error_comments(&file_name(path), &read(path).1)?;
        }
        Ok(case)
    })
}

fn compile() -> Found {
    programs(&["compile"], |path, _, case| Ok(one_file(path, case)))
}

/// The packages in `NAME.dir` beside `NAME.go`: files with one package clause are one, or with `-s` each is one.
fn directory(path: &Path, recipe: &Recipe) -> (Vec<Package>, Vec<Mark>) {
    let (mut packages, mut marks): (Vec<(String, Package)>, _) = (Vec::new(), Vec::new());
    for file in sources(&path.with_extension("dir"), false) {
        let (bytes, text) = read(&file);
        if !is_built(&text) {
            continue;
        }
        let name = file_name(&file);
        marks.extend(error_comments(&name, &text).unwrap_or_default());
        let clause = text
            .lines()
            .find_map(|l| l.strip_prefix("package "))
            .unwrap_or_default();
        let clause = clause
            .split([' ', '/', ';'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let stem = name.trim_end_matches(".go");
        match packages
            .iter_mut()
            .find(|(c, _)| *c == clause && !recipe.has("-s"))
        {
            Some((_, p)) => p.files.push((name, bytes)),
            None => packages.push((
                clause,
                Package {
                    paths: vec![format!("test/{stem}"), format!("./{stem}")],
                    files: vec![(name, bytes)],
                },
            )),
        }
    }
    (packages.into_iter().map(|(_, p)| p).collect(), marks)
}

fn errorcheckdir() -> Found {
    programs(
        &["errorcheckdir", "errorcheckandrundir"],
        |path, recipe, mut case| {
            (case.packages, case.marks) = directory(path, recipe);
            Ok(case)
        },
    )
}

fn compiledir() -> Found {
    programs(&["compiledir", "rundir"], |path, recipe, mut case| {
        (case.packages, _) = directory(path, recipe);
        Ok(case)
    })
}

/// The type checker's test data: files, and folders that are one package.
fn testdata() -> Found {
    let Some(root) = goroot() else {
        eprintln!("conformance testdata: skipped, no Go toolchain with internal/types/testdata (set MGO_GO)");
        return Ok(None);
    };
    let root = root.join("src/internal/types/testdata");
    let mut cases = Vec::new();
    for sub in ["check", "examples", "fixedbugs", "spec"] {
        let mut entries: Vec<_> = std::fs::read_dir(root.join(sub))
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        entries.sort_by_key(|e| e.path());
        for path in entries.into_iter().map(|e| e.path()) {
            let files = if path.is_dir() {
                sources(&path, false)
            } else {
                vec![path.clone()]
            };
            cases.push(annotated(path.strip_prefix(&root).unwrap_or(&path), &files)?);
        }
    }
    Ok(Some(cases))
}

fn annotated(name: &Path, files: &[PathBuf]) -> Result<Case, String> {
    let mut case = Case {
        name: name.display().to_string(),
        options: Options {
            asserts: true,
            missing_bodies: true,
            ..Options::default()
        },
        ..Case::default()
    };
    let mut package = Package {
        paths: vec!["p".to_owned()],
        files: Vec::new(),
    };
    for (i, file) in files.iter().enumerate() {
        let (bytes, text) = read(file);
        let first = text.lines().next().unwrap_or_default();
        let flags = first
            .strip_prefix("//")
            .map(str::trim)
            .filter(|f| i == 0 && f.starts_with('-'));
        for flag in flags.into_iter().flat_map(str::split_whitespace) {
            match flag.split_once('=') {
                Some(("-lang", v)) => case.options.lang = v.to_owned(),
                _ => case.left_out = Some(format!("flag {flag}")),
            }
        }
        let name = file_name(file);
        case.marks.extend(token_comments(&name, &text)?);
        package.files.push((name, bytes));
    }
    case.packages.push(package);
    Ok(case)
}
