//! Types larger than Go's compiler permits: elements of channels and maps, arrays beyond the address space.
//!
//! They are looked at when all else is right, as Go's compiler lays types out after checking them.

use crate::diag::Code;
use crate::source::Span;
use crate::types::checker::Checker;
use crate::types::sizes::Sizes;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

/// Go's address space on amd64.
const ADDRESS_SPACE: i64 = 1 << 50;
/// An element of a channel is smaller.
const CHAN_ELEM: i64 = 1 << 16;
/// Keys and elements of a map are smaller.
const MAP_PART: i64 = 1 << 31;

impl<'a> Checker<'a> {
    /// Notes the channel, map or array type `t`, written at `at`, unless its parts are small for sure.
    pub(super) fn note_sized(&mut self, t: TypeId, at: Span) {
        let small = |t: TypeId| {
            matches!(
                self.store[t],
                Type::Basic(_)
                    | Type::Pointer(_)
                    | Type::Slice(_)
                    | Type::Map(..)
                    | Type::Chan(..)
                    | Type::Signature(_)
                    | Type::Interface(_)
            )
        };
        let fits = match self.store[t] {
            Type::Chan(_, elem) => small(elem),
            Type::Map(key, elem) => small(key) && small(elem),
            Type::Array(elem, n) => small(elem) && n < 1 << 40,
            _ => true,
        };
        if !fits && !self.config.lazy_bodies {
            self.sized.push((t, at));
        }
    }

    /// Reports the types noted that are too large.
    pub(super) fn type_limits(&mut self) {
        let sized = std::mem::take(&mut self.sized);
        if self.diags.has_errors() {
            return;
        }
        for (t, at) in sized {
            if self.depends_on_params(t) {
                continue;
            }
            let text = match self.store[t] {
                Type::Chan(_, elem) if self.reaches(elem, CHAN_ELEM) => {
                    "channel element type too large (>64kB)".to_owned()
                }
                Type::Map(_, elem) if self.reaches(elem, MAP_PART) => "map element type too large".to_owned(),
                Type::Map(key, _) if self.reaches(key, MAP_PART) => "map key type too large".to_owned(),
                Type::Array(..) if self.reaches(t, ADDRESS_SPACE) => {
                    format!("type {} larger than address space", self.type_text(t))
                }
                _ => continue,
            };
            self.error(at, Code::TypeTooLarge, text);
        }
    }

    /// Whether values of type `t` have `limit` bytes or more.
    fn reaches(&self, t: TypeId, limit: i64) -> bool {
        if self.depends_on_params(t) || t == Basic::Invalid.id() {
            return false;
        }
        let n = Sizes::new(self.store).sizeof(t);
        n < 0 || n >= limit
    }
}
