//! The first lines of a program of Go's test directory: what is to be done with it, and whether here.

/// What a program's first comment asks for.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// `errorcheck`, `compile` …
    pub action: String,
    /// The flags after it.
    pub flags: Vec<String>,
}

impl Recipe {
    /// Reads the first line that is no build constraint.
    pub fn of(source: &str) -> Recipe {
        let line = source
            .lines()
            .find(|l| !l.starts_with("//go:build ") && !l.starts_with("// +build "))
            .unwrap_or_default();
        let mut words = line.trim_start_matches('/').split_whitespace().map(str::to_owned);
        Recipe {
            action: words.next().unwrap_or_default(),
            flags: words
                .take_while(|w| w.starts_with('-') || w.parse::<u32>().is_ok())
                .collect(),
        }
    }

    /// The value of flag `name`, as in `-lang=go1.17`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.flags
            .iter()
            .find_map(|f| f.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether flag `name` is there.
    pub fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|f| f == name)
    }

    /// Why the program is about Go's optimiser, assembler or runtime rather than the language.
    pub fn out_of_scope(&self) -> Option<String> {
        const FOREIGN: [&str; 11] = [
            "-m",
            "-live",
            "-race",
            "-+",
            "-std",
            "-wb",
            "-goexperiment",
            "-S",
            "-dynlink",
            "-p=",
            "-asan",
        ];
        let foreign = |f: &&String| {
            let diagnostics = f.starts_with("-d=") && *f != "-d=panic";
            diagnostics || FOREIGN.iter().any(|x| f.starts_with(x))
        };
        let flag = self.flags.iter().find(foreign)?;
        Some(format!("flag {flag}"))
    }
}

/// Whether a source's `//go:build` line, if it has one, holds on linux/amd64 with Go's compiler.
pub fn is_built(source: &str) -> bool {
    let header = source.split("\npackage").next().unwrap_or_default();
    let Some(expr) = header.lines().find_map(|l| l.strip_prefix("//go:build ")) else {
        return true;
    };
    expr.split("||").any(|all| {
        all.split("&&").all(|tag| {
            let tag = tag.trim().trim_matches(['(', ')', ' ']);
            let (not, name) = tag.strip_prefix('!').map_or((false, tag), |t| (true, t));
            let name = name.trim_matches(['(', ')', ' ']);
            let holds = matches!(
                name,
                "linux" | "amd64" | "gc" | "unix" | "goexperiment.regabiwrappers"
            ) || name
                .strip_prefix("go1.")
                .and_then(|v| v.parse().ok())
                .is_some_and(|v: u32| v <= 27);
            holds != not
        })
    })
}
