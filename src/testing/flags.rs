//! The command line of `mgo test`, read as `go test` reads its own.
//!
//! Flags may stand before and behind the packages, with one dash or two, with or without `test.` in front
//! of the name. What belongs to the test binary is handed on as `-test.NAME=VALUE`. From the first unknown
//! flag on, words that are no flags belong to the test binary as well; all after `-args` does.

use std::time::Duration;

/// How a flag is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `-x` or `-x=false`, for the test binary.
    Bool,
    /// `-x value` or `-x=value`, for the test binary.
    Value,
    /// Likewise, for this command.
    OwnBool,
    OwnValue,
    /// A flag of `go test` that mgo has no use for.
    Refused,
}

const FLAGS: &[(&str, Kind)] = &[
    ("artifacts", Kind::Bool),
    ("bench", Kind::Value),
    ("benchmem", Kind::Bool),
    ("benchtime", Kind::Value),
    ("count", Kind::Value),
    ("cover", Kind::OwnBool),
    ("covermode", Kind::OwnValue),
    ("coverpkg", Kind::OwnValue),
    ("coverprofile", Kind::OwnValue),
    ("cpu", Kind::Value),
    ("failfast", Kind::Bool),
    ("fullpath", Kind::Bool),
    ("json", Kind::OwnBool),
    ("leaks", Kind::Bool),
    ("list", Kind::Value),
    ("outputdir", Kind::Value),
    ("p", Kind::OwnValue),
    ("parallel", Kind::Value),
    ("run", Kind::Value),
    ("short", Kind::Bool),
    ("shuffle", Kind::Value),
    ("skip", Kind::Value),
    ("tags", Kind::OwnValue),
    ("timeout", Kind::OwnValue),
    ("v", Kind::Bool),
    ("vet", Kind::OwnValue),
    ("asan", Kind::Refused),
    ("blockprofile", Kind::Refused),
    ("c", Kind::Refused),
    ("cpuprofile", Kind::Refused),
    ("exec", Kind::Refused),
    ("fuzz", Kind::Value),
    ("fuzztime", Kind::Value),
    ("fuzzminimizetime", Kind::Value),
    ("i", Kind::Refused),
    ("memprofile", Kind::Refused),
    ("msan", Kind::Refused),
    ("mutexprofile", Kind::Refused),
    ("o", Kind::Refused),
    ("race", Kind::Refused),
    ("trace", Kind::Refused),
];

/// How statements are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverFlags {
    /// Whether they are.
    pub on: bool,
    /// `set`, `count` or `atomic`.
    pub mode: String,
    /// Where the profile goes.
    pub profile: Option<String>,
    /// Patterns of the packages meant; the tested one if empty.
    pub packages: Vec<String>,
}

/// The command line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flags {
    /// What to test; empty: the package in this folder.
    pub packages: Vec<String>,
    /// Flags and arguments for test binaries.
    pub binary: Vec<String>,
    /// Events instead of text.
    pub json: bool,
    /// `-v`.
    pub verbose: bool,
    /// `-bench` was given.
    pub bench: bool,
    /// `-list` was given.
    pub list: bool,
    /// `-fuzz` was given.
    pub fuzz: bool,
    /// `-failfast`.
    pub fail_fast: bool,
    /// How long a test binary may run; none: for ever.
    pub timeout: Option<Duration>,
    /// How many packages are tested at once; none: as many as there are processors.
    pub jobs: Option<usize>,
    /// Build tags.
    pub tags: Vec<String>,
    /// `-cover` and its kin.
    pub cover: CoverFlags,
}

/// The time-out if none is given.
const TIMEOUT: Duration = Duration::from_secs(600);

impl Default for Flags {
    fn default() -> Flags {
        Flags {
            packages: Vec::new(),
            binary: Vec::new(),
            json: false,
            verbose: false,
            bench: false,
            list: false,
            fuzz: false,
            fail_fast: false,
            timeout: Some(TIMEOUT),
            jobs: None,
            tags: Vec::new(),
            cover: CoverFlags::default(),
        }
    }
}

impl Flags {
    /// Reads the words behind `mgo test`.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(words: &[String]) -> Result<Flags, String> {
        let mut f = Flags::default();
        let (mut own, mut rest) = (Vec::new(), Vec::new());
        let mut words = words.iter();
        let mut ours = true;
        while let Some(word) = words.next() {
            if word == "--" {
                rest.extend(words.by_ref().cloned());
                break;
            }
            let Some(name) = flag_name(word) else {
                let to = if ours { &mut f.packages } else { &mut rest };
                to.push(word.clone());
                continue;
            };
            let (name, value) = match name.split_once('=') {
                Some((n, v)) => (n, Some(v.to_owned())),
                None => (name, None),
            };
            if name == "args" {
                rest.extend(words.by_ref().cloned());
                break;
            }
            match FLAGS.iter().find(|(n, _)| *n == name).map(|f| f.1) {
                None => {
                    ours = false;
                    rest.push(word.clone());
                }
                Some(Kind::Refused) => return Err(format!("flag -{name} is not supported")),
                Some(kind @ (Kind::Bool | Kind::OwnBool)) => {
                    let value = value.unwrap_or_else(|| "true".to_owned());
                    f.boolean(name, &value)?;
                    if kind == Kind::Bool && name != "v" {
                        own.push(format!("-test.{name}={value}"));
                    }
                }
                Some(kind) => {
                    let value = value
                        .or_else(|| words.next().cloned())
                        .ok_or_else(|| format!("flag needs an argument: -{name}"))?;
                    f.value(name, &value)?;
                    if kind == Kind::Value {
                        own.push(format!("-test.{name}={value}"));
                    }
                }
            }
        }
        f.finish(own, rest);
        Ok(f)
    }

    fn boolean(&mut self, name: &str, value: &str) -> Result<(), String> {
        let on = match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            "test2json" if name == "v" => true,
            _ => {
                let why = match name {
                    "v" => format!("invalid flag -test.v={value}"),
                    _ => "parse error".to_owned(),
                };
                return Err(format!("invalid boolean value {value:?} for -{name}: {why}"));
            }
        };
        match name {
            "v" => self.verbose = on,
            "json" => self.json = on,
            "failfast" => self.fail_fast = on,
            "cover" => self.cover.on = on,
            _ => {}
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: &str) -> Result<(), String> {
        let invalid = || format!("invalid value {value:?} for flag -{name}: parse error");
        let list = || {
            value
                .split(',')
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect()
        };
        match name {
            "bench" => self.bench = true,
            "list" => self.list = true,
            "fuzz" => self.fuzz = !value.is_empty(),
            "timeout" => self.timeout = parse_duration(value).ok_or_else(invalid)?,
            "count" | "parallel" if value.parse::<i64>().is_err() => return Err(invalid()),
            "shuffle" if !matches!(value, "on" | "off") && value.parse::<i64>().is_err() => {
                let why = format!("strconv.ParseInt: parsing {value:?}: invalid syntax");
                let want = "-shuffle argument must be \"on\", \"off\", or an int64";
                return Err(format!(
                    "invalid value {value:?} for flag -shuffle: {want}: {why}"
                ));
            }
            "p" => self.jobs = Some(value.parse().ok().filter(|&n| n > 0).ok_or_else(invalid)?),
            "tags" => self.tags = list(),
            "vet" if value != "off" => return Err("flag -vet: only off; see mgo vet".to_owned()),
            "covermode" if !matches!(value, "set" | "count" | "atomic") => {
                let text = "valid modes are \"set\", \"count\", or \"atomic\"";
                return Err(format!("invalid argument {value:?} for -covermode: {text}"));
            }
            "covermode" => {
                self.cover.on = true;
                self.cover.mode = value.to_owned();
            }
            "coverpkg" => {
                self.cover.on = true;
                self.cover.packages = list();
            }
            "coverprofile" => {
                self.cover.on = true;
                self.cover.profile = Some(value.to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts together what test binaries are started with.
    fn finish(&mut self, own: Vec<String>, rest: Vec<String>) {
        if self.cover.on && self.cover.mode.is_empty() {
            self.cover.mode = "set".to_owned();
        }
        self.binary.push("-test.paniconexit0".to_owned());
        if let Some(t) = self.timeout {
            self.binary.push(format!("-test.timeout={}ns", t.as_nanos()));
        }
        if self.json {
            self.binary.push("-test.v=test2json".to_owned());
        } else if self.verbose {
            self.binary.push("-test.v=true".to_owned());
        }
        self.binary.extend(own);
        self.binary.extend(rest);
    }

    /// Whether what the binary prints is shown as it comes, and not looked at.
    pub fn streams(&self) -> bool {
        self.packages.is_empty() || self.bench || self.fuzz
    }

    /// Whether output of tests that pass is shown.
    pub fn shows_passes(&self) -> bool {
        self.verbose || self.list || self.bench || self.fuzz
    }
}

/// The name of a flag, `=value` included; none if the word is no flag.
fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix('-')?;
    let name = name.strip_prefix('-').unwrap_or(name);
    let name = name.strip_prefix("test.").unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

/// Reads a duration as Go writes it; 0 means none.
fn parse_duration(text: &str) -> Option<Option<Duration>> {
    if text == "0" {
        return Some(None);
    }
    // A time that is over before it begins is none.
    let (mut rest, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let n: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += n * unit;
        rest = &rest[end..];
    }
    let d = Duration::try_from_secs_f64(total).ok()?;
    Some(Some(d).filter(|d| !negative && !d.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Flags, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&words)
    }

    #[test]
    fn flags_stand_on_both_sides_of_packages() {
        let f = parse("-v --run A ./a ./b -count=2 -args -x y").expect("well-formed");
        assert_eq!(f.packages, ["./a", "./b"]);
        assert!(f.verbose);
        let tail = ["-test.v=true", "-test.run=A", "-test.count=2", "-x", "y"];
        assert!(f.binary.ends_with(&tail.map(str::to_owned)), "{:?}", f.binary);
    }

    #[test]
    fn words_after_an_unknown_flag_are_the_binarys() {
        let f = parse(". -own value -v").expect("well-formed");
        assert_eq!(f.packages, ["."]);
        assert!(f.verbose && f.binary.ends_with(&["-own".to_owned(), "value".to_owned()]));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        assert_eq!(parse("-race"), Err("flag -race is not supported".to_owned()));
        assert!(parse("-covermode=often").is_err());
        assert!(parse("-timeout 3x").is_err());
        assert!(parse("-count=x").is_err() && parse("-count=-1").is_ok());
        assert!(parse("-shuffle=x").is_err() && parse("-shuffle=-7").is_ok());
        assert!(parse("-run").is_err());
    }

    #[test]
    fn durations_are_go_s() {
        assert_eq!(parse_duration("1m30s"), Some(Some(Duration::from_secs(90))));
        assert_eq!(parse_duration("1.5s"), Some(Some(Duration::from_millis(1500))));
        assert_eq!(parse_duration("0"), Some(None));
        assert_eq!(parse_duration("10"), None);
        assert_eq!(parse_duration("-1s"), Some(None));
        assert_eq!(parse_duration("--1s"), None);
    }
}
