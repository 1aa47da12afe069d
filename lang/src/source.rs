//! Source files and positions.
//!
//! All files of a session (the user's and the library's) share one position space: a [`Pos`] is an
//! offset into the concatenation of every file added so far, so it names both file and place in four
//! bytes, and a [`Span`] is two of them. Position 0 belongs to no file and means "nowhere".
//!
//! Invariant: files are only added, never removed or changed, so a `Pos` stays valid for good.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A place in the source: an offset into the shared position space, in bytes. 0 is nowhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Pos(pub u32);

/// A stretch of source, `lo` inclusive, `hi` exclusive, within one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Span {
    /// First byte.
    pub lo: Pos,
    /// One past the last byte.
    pub hi: Pos,
}

impl Span {
    /// The span that belongs to no file: for what the universe declares.
    pub const NOWHERE: Span = Span {
        lo: Pos(0),
        hi: Pos(0),
    };

    /// The span from `lo` to `hi`.
    pub fn new(lo: Pos, hi: Pos) -> Span {
        Span { lo, hi }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }

    /// The empty span at the start.
    pub fn start(self) -> Span {
        Span {
            lo: self.lo,
            hi: self.lo,
        }
    }

    /// Whether this is no place at all.
    pub fn is_nowhere(self) -> bool {
        self.lo.0 == 0
    }
}

/// Names a file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// One source file.
#[derive(Debug)]
pub struct SourceFile {
    /// The name shown in diagnostics and tracebacks.
    pub name: Arc<str>,
    /// The text. Bytes that are not UTF-8 were replaced before and reported by who read the file.
    pub text: Arc<str>,
    /// Position of the first byte.
    pub base: Pos,
    /// Offsets in `text` at which lines start, found when somebody asks: few files are ever asked about.
    line_starts: OnceLock<Vec<u32>>,
    /// What `//line` directives say, in order; the lexer finds them.
    line_bases: OnceLock<Vec<LineBase>>,
}

/// From some place on, a file's text counts as that of another: a `//line` directive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineBase {
    /// The first byte for which it holds.
    pub offset: u32,
    /// The file's name.
    pub file: Arc<str>,
    /// The line of that byte.
    pub line: u32,
    /// Its column; 0 if columns are not known.
    pub column: u32,
}

/// A resolved position, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// The file's name.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1, as Go counts; 0 if a directive gives lines only.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            0 => write!(f, "{}:{}", self.file, self.line),
            column => write!(f, "{}:{}:{column}", self.file, self.line),
        }
    }
}

/// The position space is full: more than 4 GiB of source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceTooLarge;

/// All files of a session.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When the position space is exhausted.
    pub fn add(
        &mut self,
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
    ) -> Result<FileId, SourceTooLarge> {
        let text: Arc<str> = text.into();
        let base = self
            .files
            .last()
            .map_or(1, |f| f.base.0 + f.text.len() as u32 + 1);
        let end = u64::from(base) + text.len() as u64 + 1;
        if end > u64::from(u32::MAX) {
            return Err(SourceTooLarge);
        }
        let id = FileId(self.files.len() as u32);
        self.files.push(SourceFile {
            name: name.into(),
            text,
            base: Pos(base),
            line_starts: OnceLock::new(),
            line_bases: OnceLock::new(),
        });
        Ok(id)
    }

    /// The file named by `id`.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// All files, in the order added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i as u32), f))
    }

    /// The file that `pos` lies in; none for nowhere.
    pub fn file_at(&self, pos: Pos) -> Option<FileId> {
        if pos.0 == 0 {
            return None;
        }
        let i = self.files.partition_point(|f| f.base <= pos);
        (i > 0).then(|| FileId(i as u32 - 1))
    }

    /// File, line and column of `pos`.
    pub fn locate(&self, pos: Pos) -> Option<Location> {
        Some(self.file(self.file_at(pos)?).locate(pos))
    }

    /// The text a span covers; empty for nowhere.
    pub fn text(&self, span: Span) -> &str {
        let Some(id) = self.file_at(span.lo) else {
            return "";
        };
        let f = self.file(id);
        f.text
            .get((span.lo.0 - f.base.0) as usize..(span.hi.0 - f.base.0) as usize)
            .unwrap_or("")
    }
}

impl SourceFile {
    /// Offsets in the text at which lines start.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|&(_, b)| b == b'\n');
            std::iter::once(0)
                .chain(newlines.map(|(i, _)| i as u32 + 1))
                .collect()
        })
    }

    /// File, line and column of `pos` as the file's `//line` directives have them.
    pub fn locate(&self, pos: Pos) -> Location {
        let (line, column) = self.line_column(pos);
        let offset = pos.0 - self.base.0;
        let bases = self.line_bases();
        let Some(base) = bases.partition_point(|b| b.offset <= offset).checked_sub(1) else {
            return Location {
                file: self.name.clone(),
                line,
                column,
            };
        };
        let base = &bases[base];
        let (from, at) = self.line_column(self.pos(base.offset as usize));
        let column = match base.column {
            0 => 0,
            c if line == from => c + (column - at),
            _ => column,
        };
        Location {
            file: base.file.clone(),
            line: base.line.saturating_add(line - from),
            column,
        }
    }

    /// What the file's `//line` directives say.
    pub fn line_bases(&self) -> &[LineBase] {
        self.line_bases.get().map_or(&[], Vec::as_slice)
    }

    /// Takes down what the file's `//line` directives say; the first to say so is right.
    pub fn set_line_bases(&self, bases: Vec<LineBase>) {
        self.line_bases.get_or_init(|| bases);
    }

    /// Line and column of `pos` in the file itself, both from 1. A position past the end counts as the end.
    pub fn line_column(&self, pos: Pos) -> (u32, u32) {
        let off = (pos.0 - self.base.0).min(self.text.len() as u32);
        let line = self.line_starts().partition_point(|&s| s <= off);
        (line as u32, off - self.line_starts()[line - 1] + 1)
    }

    /// The line, from 0, that byte `offset` lies in.
    pub fn line_index(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&s| s as usize <= offset) - 1
    }

    /// The bytes of a line, counted from 0, with its newline; none past the last.
    pub fn line_range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts().get(line)? as usize;
        let end = self
            .line_starts()
            .get(line + 1)
            .map_or(self.text.len(), |&s| s as usize);
        Some(start..end)
    }

    /// The position of byte `offset` of this file.
    pub fn pos(&self, offset: usize) -> Pos {
        Pos(self.base.0 + offset as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_name_file_line_and_column() {
        let mut map = SourceMap::new();
        let a = map.add("a.go", "one\ntwo\n").unwrap();
        let b = map.add("b.go", "three").unwrap();
        let at = |id, off| map.locate(map.file(id).pos(off)).unwrap().to_string();
        assert_eq!(at(a, 0), "a.go:1:1");
        assert_eq!(at(a, 5), "a.go:2:2");
        assert_eq!(at(a, 8), "a.go:3:1");
        assert_eq!(at(b, 4), "b.go:1:5");
        assert_eq!(map.locate(Pos(0)), None);
    }
}
