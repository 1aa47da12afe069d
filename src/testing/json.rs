//! test2json: what a test binary prints, as events in the form of `go test -json`.
//!
//! A binary run with `-test.v=test2json` puts marks into its output: [`FRAME`] in front of lines that package
//! testing itself writes, [`ERR_BEGIN`] and [`ERR_END`] around the messages of errors, [`ESCAPE`] in front of
//! such bytes in a test's own output. Lines that tell how a test goes become events of their own, beside the
//! event that carries the line; all else is output of the test named last.
//!
//! A report (`--- PASS: …`) is an event that waits: the output after it may still belong to it, or subtests'
//! reports may follow, each indented below its parent's.

use std::io::{self, Write};
use std::time::{Instant, SystemTime};

use serde::Serialize;

const FRAME: u8 = 0x16;
const ERR_BEGIN: u8 = 0x0f;
const ERR_END: u8 = 0x0e;
const ESCAPE: u8 = 0x1b;

/// Lines that tell of a change begin so.
const UPDATES: [&str; 9] = [
    "=== RUN   ",
    "=== PAUSE ",
    "=== CONT  ",
    "=== NAME  ",
    "=== PASS  ",
    "=== FAIL  ",
    "=== SKIP  ",
    "=== ATTR  ",
    "=== ARTIFACTS ",
];

/// And those that tell of an end so.
const REPORTS: [&str; 4] = ["--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: "];

/// One event.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    action: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    package: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    test: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    output_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    failed_build: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    path: String,
}

/// An event of the building of a package.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BuildEvent<'a> {
    import_path: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
}

/// Seconds, without a point if they are whole.
#[derive(Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 {
            s.serialize_i64(self.0 as i64)
        } else {
            s.serialize_f64(self.0)
        }
    }
}

/// One line of JSON, with the characters escaped that Go escapes.
fn line(event: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_string(event).expect("events have string keys");
    for (c, escaped) in [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ] {
        if text.contains(c) {
            text = text.replace(c, escaped);
        }
    }
    text.push('\n');
    text.into_bytes()
}

/// The events that tell of a package that could not be built: the reports, then the failure.
pub fn build_failure(out: &mut dyn Write, import_path: &str, text: &str) -> io::Result<()> {
    for l in text.split_inclusive('\n') {
        let (action, output) = ("build-output", Some(l));
        out.write_all(&line(&BuildEvent {
            import_path,
            action,
            output,
        }))?;
    }
    let (action, output) = ("build-fail", None);
    out.write_all(&line(&BuildEvent {
        import_path,
        action,
        output,
    }))
}

/// Now, in UTC.
fn now() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    timestamp(since.as_secs(), since.subsec_nanos())
}

/// Seconds since 1970 as RFC 3339 has them.
fn timestamp(secs: u64, nanos: u32) -> String {
    let (days, day) = (secs / 86_400, secs % 86_400);
    // Days are counted from 1 March of the year 0, in which months and leap days come last.
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (
        doy - (153 * mp + 2) / 5 + 1,
        if mp < 10 { mp + 3 } else { mp - 9 },
    );
    let y = yoe + era * 400 + u64::from(m <= 2);
    let (h, min, s) = (day / 3_600, day / 60 % 60, day % 60);
    let mut fraction = format!(".{nanos:09}");
    fraction.truncate(fraction.trim_end_matches('0').trim_end_matches('.').len());
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}{fraction}Z")
}

/// Cuts a stream into lines; lines that are too long, or that are known to take a while, into parts.
struct Lines {
    buf: Vec<u8>,
    capacity: usize,
    mid: bool,
    escaped: bool,
}

/// What a stream is cut into.
enum Piece {
    Line(Vec<u8>),
    Part(Vec<u8>),
}

impl Lines {
    fn new(capacity: usize) -> Lines {
        Lines {
            buf: Vec::with_capacity(capacity),
            capacity,
            mid: false,
            escaped: false,
        }
    }

    fn push(&mut self, mut bytes: &[u8]) -> Vec<Piece> {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            let n = bytes.len().min(self.capacity - self.buf.len());
            self.buf.extend_from_slice(&bytes[..n]);
            bytes = &bytes[n..];
            let mut i = 0;
            while i < self.buf.len() {
                let Some(end) = self.end_of_line(i) else {
                    // The name of a benchmark is shown while it runs.
                    if let Some(tab) = self.buf[i..].iter().position(|&b| b == b'\t')
                        && !self.mid
                        && is_benchmark(self.buf[i..i + tab].trim_ascii_end())
                    {
                        out.push(Piece::Part(self.buf[i..=i + tab].to_vec()));
                        self.mid = true;
                        i += tab + 1;
                    }
                    break;
                };
                let piece = self.buf[i..end].to_vec();
                out.push(if std::mem::take(&mut self.mid) {
                    Piece::Part(piece)
                } else {
                    Piece::Line(piece)
                });
                i = end;
            }
            if i == 0 && self.buf.len() == self.capacity {
                i = whole_chars(&self.buf);
                out.push(Piece::Part(self.buf[..i].to_vec()));
                self.mid = true;
            }
            self.buf.drain(..i);
        }
        out
    }

    /// Where the line at `from` ends: behind a newline, or in front of a mark that begins another.
    fn end_of_line(&mut self, from: usize) -> Option<usize> {
        for (i, &b) in self.buf[from..].iter().enumerate() {
            if b == b'\n' {
                return Some(from + i + 1);
            }
            if std::mem::take(&mut self.escaped) {
                continue;
            }
            match b {
                ESCAPE => self.escaped = true,
                FRAME if i > 0 => return Some(from + i),
                _ => {}
            }
        }
        None
    }

    fn flush(&mut self) -> Option<Vec<u8>> {
        (!self.buf.is_empty()).then(|| std::mem::take(&mut self.buf))
    }
}

fn is_benchmark(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(b"Benchmark") else {
        return false;
    };
    let first = String::from_utf8_lossy(rest).chars().next();
    !first.is_some_and(char::is_lowercase)
}

/// How much of `b` is whole characters: all but the beginning of one at its end.
fn whole_chars(b: &[u8]) -> usize {
    for i in 1..=b.len().min(3) {
        let c = b[b.len() - i];
        if c & 0xc0 != 0x80 {
            let needs = match c {
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf7 => 4,
                _ => 1,
            };
            return if needs > i { b.len() - i } else { b.len() };
        }
    }
    b.len()
}

/// Turns the output of one test binary into events.
pub struct Converter<W: Write> {
    out: W,
    package: String,
    start: Instant,
    /// The test that output belongs to.
    test: String,
    /// Reports that wait, each a level below the one before.
    reports: Vec<Event>,
    result: &'static str,
    input: Lines,
    output: Lines,
    /// Framework lines carry marks: lines without are a test's own.
    marked: bool,
    in_error: bool,
    escaped: bool,
    framing: bool,
    failed_build: String,
    begun: bool,
}

impl<W: Write> Converter<W> {
    /// A converter for the output of `package`'s tests.
    pub fn new(out: W, package: &str) -> Converter<W> {
        Converter {
            out,
            package: package.to_owned(),
            start: Instant::now(),
            test: String::new(),
            reports: Vec::new(),
            result: "",
            input: Lines::new(4_096),
            output: Lines::new(1_024),
            marked: false,
            in_error: false,
            escaped: false,
            framing: false,
            failed_build: String::new(),
            begun: false,
        }
    }

    /// Writes the first event, unless that was done: when the tests begin, or it is clear that they will not.
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.start = Instant::now();
            self.write_event(Event::of("start"));
        }
    }

    /// Tells how the binary ended.
    pub fn exited(&mut self, ok: bool) {
        if !ok {
            self.result = "fail";
        } else if self.result != "skip" {
            self.result = "pass";
        }
    }

    /// Tells that building failed, and of what.
    pub fn set_failed_build(&mut self, what: &str) {
        what.clone_into(&mut self.failed_build);
    }

    /// Writes what is left, and the verdict.
    pub fn close(&mut self) {
        self.begin();
        if let Some(rest) = self.input.flush() {
            self.put(&rest);
        }
        self.flush_output();
        if self.result.is_empty() {
            return;
        }
        let mut e = Event::of(self.result);
        e.elapsed = Some(Number(self.start.elapsed().as_millis() as f64 / 1e3));
        if self.result == "fail" {
            e.failed_build = std::mem::take(&mut self.failed_build);
        }
        self.write_event(e);
    }

    /// Handles one whole line.
    fn line(&mut self, line: &[u8]) {
        let marked = line.first() == Some(&FRAME);
        if self.marked && !marked {
            return self.put(line);
        }
        let mut line = line;
        if marked {
            self.flush_output();
            line = &line[1..];
        }
        let mut trim = line.strip_suffix(b"\n").unwrap_or(line);
        trim = trim.strip_suffix(b"\r").unwrap_or(trim);
        if trim == b"=== NAME" {
            line = b"=== NAME  \n";
            trim = &line[..line.len() - 1];
        }
        if trim == b"PASS" || trim == b"FAIL" || trim.starts_with(b"FAIL\t") {
            self.flush_reports(0);
            self.test.clear();
            self.marked = marked;
            self.put_frame(line);
            self.result = if trim == b"PASS" { "pass" } else { "fail" };
            return;
        }
        let no_tests = line.starts_with(b"?   \t") && trim.ends_with(b"\t[no test files]");
        if no_tests && self.reports.is_empty() {
            self.result = "skip";
        }
        if UPDATES.iter().any(|u| line.starts_with(u.as_bytes())) {
            return self.update(line, marked);
        }
        let mut depth = 0;
        let mut rest = line;
        while let Some(r) = rest.strip_prefix(b"    ") {
            rest = r;
            depth += 1;
        }
        if REPORTS.iter().any(|r| rest.starts_with(r.as_bytes())) {
            return self.report(line, rest, depth, marked);
        }
        if depth > 0 && depth <= self.reports.len() {
            // Indented output belongs to the report above it.
            self.test = self.reports[depth - 1].test.clone();
        }
        self.put(line);
    }

    /// A line `=== RUN   name` or of its kind.
    fn update(&mut self, line: &[u8], marked: bool) {
        let (action, mut name) = action_and_name(line);
        let mut e = Event::of(&action);
        match &*action {
            "artifacts" => {
                let (n, path) = name.split_once(' ').unwrap_or((&name, ""));
                e.path = path.to_owned();
                name = n.to_owned();
            }
            "attr" => {
                let mut words = name.splitn(3, ' ').map(str::to_owned);
                let test = words.next().unwrap_or_default();
                e.key = words.next().unwrap_or_default();
                e.value = words.next().unwrap_or_default();
                name = test;
            }
            _ => {}
        }
        self.marked = marked;
        self.flush_reports(0);
        self.test = name;
        match &*action {
            "name" => {}
            "pause" => {
                self.put_frame(line);
                self.write_event(e);
            }
            _ => {
                self.write_event(e);
                self.put_frame(line);
            }
        }
    }

    /// A line `--- PASS: name (0.01s)`.
    fn report(&mut self, line: &[u8], rest: &[u8], depth: usize, marked: bool) {
        let (action, mut name) = action_and_name(rest);
        let mut e = Event::of(&action);
        if let Some(at) = name.find(" (") {
            if let Some(secs) = name[at + 2..].strip_suffix("s)") {
                e.elapsed = secs.parse().ok().map(Number);
            }
            name.truncate(at);
        }
        if self.reports.len() < depth {
            // Nested more deeply than the reports above: no report.
            return self.put(line);
        }
        self.marked = marked;
        self.flush_reports(depth);
        e.test.clone_from(&name);
        self.test = name;
        self.reports.push(e);
        self.put_frame(line);
    }

    fn flush_reports(&mut self, depth: usize) {
        self.test.clear();
        while self.reports.len() > depth {
            let e = self.reports.pop().expect("one is there");
            self.write_event(e);
        }
    }

    fn put_frame(&mut self, line: &[u8]) {
        self.framing = true;
        self.put(line);
        self.framing = false;
    }

    fn put(&mut self, bytes: &[u8]) {
        for piece in self.output.push(bytes) {
            let (Piece::Line(b) | Piece::Part(b)) = piece;
            self.write_output(b);
        }
    }

    fn flush_output(&mut self) {
        if let Some(rest) = self.output.flush() {
            self.write_output(rest);
        }
    }

    /// Writes output, split where an error begins or ends.
    fn write_output(&mut self, bytes: Vec<u8>) {
        let mut kind = if self.framing {
            "frame"
        } else if self.in_error {
            "error-continue"
        } else {
            ""
        };
        let mut text = Vec::with_capacity(bytes.len());
        let mut bytes = bytes.into_iter().peekable();
        while let Some(b) = bytes.next() {
            if std::mem::take(&mut self.escaped) {
                text.push(b);
                continue;
            }
            match b {
                ESCAPE => self.escaped = true,
                ERR_BEGIN => {
                    self.output_event(&mut text, kind);
                    self.in_error = true;
                    kind = "error";
                }
                ERR_END => {
                    text.extend(bytes.next_if_eq(&b'\n'));
                    self.output_event(&mut text, kind);
                    self.in_error = false;
                    kind = "";
                }
                b => text.push(b),
            }
        }
        self.output_event(&mut text, kind);
    }

    fn output_event(&mut self, text: &mut Vec<u8>, kind: &str) {
        if text.is_empty() {
            return;
        }
        let mut e = Event::of("output");
        e.output = Some(String::from_utf8_lossy(text).into_owned());
        kind.clone_into(&mut e.output_type);
        text.clear();
        self.write_event(e);
    }

    fn write_event(&mut self, mut e: Event) {
        e.package.clone_from(&self.package);
        e.time = Some(now());
        if e.test.is_empty() {
            e.test.clone_from(&self.test);
        }
        // Nobody reads any more: the tests go on without a reader.
        let _ = self.out.write_all(&line(&e));
    }
}

impl<W: Write> Write for Converter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.begin();
        for piece in self.input.push(buf) {
            match piece {
                Piece::Line(l) => self.line(&l),
                Piece::Part(p) => self.put(&p),
            }
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Event {
    fn of(action: &str) -> Event {
        Event {
            action: action.to_owned(),
            ..Event::default()
        }
    }
}

/// Splits `=== RUN   name` and `--- PASS: name` into the action and the rest.
fn action_and_name(line: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(&line[4..]);
    let (action, name) = text.split_once(' ').unwrap_or((&text, ""));
    let action = action.trim_end_matches(':').to_lowercase();
    (action, name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events for `text`, without what changes from run to run.
    fn events(text: &[u8]) -> String {
        let mut out = Vec::new();
        let mut c = Converter::new(&mut out, "p");
        c.write_all(text).expect("a vector");
        c.exited(true);
        c.close();
        let out = String::from_utf8(out).expect("JSON");
        let plain =
            regex::Regex::new(r#""Time":"[^"]*",|"Package":"p",?|,?"Elapsed":[0-9.e-]+"#).expect("valid");
        plain.replace_all(&out, "").replace(",}", "}")
    }

    #[test]
    fn reports_wait_for_what_belongs_to_them() {
        let text = "=== RUN   TestA\n=== RUN   TestA/b\nhello\n--- FAIL: TestA (0.25s)\n    --- PASS: TestA/b (0.00s)\n        x.go:1: in b\nPASS\n";
        let want = r#"{"Action":"start"}
{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA","Output":"=== RUN   TestA\n","OutputType":"frame"}
{"Action":"run","Test":"TestA/b"}
{"Action":"output","Test":"TestA/b","Output":"=== RUN   TestA/b\n","OutputType":"frame"}
{"Action":"output","Test":"TestA/b","Output":"hello\n"}
{"Action":"output","Test":"TestA","Output":"--- FAIL: TestA (0.25s)\n","OutputType":"frame"}
{"Action":"output","Test":"TestA/b","Output":"    --- PASS: TestA/b (0.00s)\n","OutputType":"frame"}
{"Action":"output","Test":"TestA/b","Output":"        x.go:1: in b\n"}
{"Action":"pass","Test":"TestA/b"}
{"Action":"fail","Test":"TestA"}
{"Action":"output","Output":"PASS\n","OutputType":"frame"}
{"Action":"pass"}
"#;
        assert_eq!(events(text.as_bytes()), want);
    }

    #[test]
    fn marks_tell_errors_from_output() {
        let text = b"\x16=== RUN   TestA\n\x0f    x.go:1: <bad>\x0e\npart\x16--- FAIL: TestA (0.00s)\n\x1b\x16kept\n";
        let got = events(text);
        assert!(
            got.contains(r#""Output":"    x.go:1: \u003cbad\u003e\n","OutputType":"error"}"#),
            "{got}"
        );
        assert!(
            got.contains("{\"Action\":\"output\",\"Test\":\"TestA\",\"Output\":\"part\"}"),
            "{got}"
        );
        assert!(got.contains(r#""Output":"\u0016kept\n"}"#), "{got}");
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(timestamp(0, 0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_827_696, 120_000_000), "2000-02-29T12:34:56.12Z");
    }
}
