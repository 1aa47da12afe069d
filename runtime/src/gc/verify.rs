//! Walks the heap and checks what must hold. For tests and for `MGO_STRESS=gc`.
//!
//! The world is stopped and all caches are flushed, or nobody else uses the heap.

use super::span::PAGE;
use super::{Heap, Object};
use crate::sync::Relaxed;

impl Heap {
    /// Calls `f` with every object in the heap.
    pub fn each_object(&self, mut f: impl FnMut(Object)) {
        self.each_span(|span| {
            let mut i = span.alloc.find(0, span.n, true);
            while i < span.n {
                if let Some(layout) = span.layout(i) {
                    f(Object {
                        base: span.data(i),
                        size: span.capacity(),
                        layout,
                    });
                }
                i = span.alloc.find(i + 1, span.n, true);
            }
        });
    }

    /// Checks the heap's structure: what is wrong, if anything.
    pub fn verify(&self) -> Result<(), String> {
        let mut pages = 0;
        let mut wrong = Vec::new();
        let mut extents = Vec::new();
        self.each_span(|span| {
            pages += span.npages;
            extents.push((self.arena.page_of(span.base), span.npages));
            for page in [span.base, span.base + (span.npages - 1) * PAGE] {
                if !self
                    .arena
                    .span_of(page)
                    .is_some_and(|s| std::ptr::eq(s, &raw const *span))
                {
                    wrong.push(format!("page {page:#x} does not lead to its span {span:?}"));
                }
            }
            if !span.in_use.load(Relaxed) {
                wrong.push(format!("span in a list but not in use: {span:?}"));
            }
            if span.data(span.n - 1) + span.capacity() > span.base + span.npages * PAGE {
                wrong.push(format!("slots reach past the span: {span:?}"));
            }
        });
        {
            let heap = self.pages.lock();
            if heap.in_use != pages {
                wrong.push(format!("{} pages in use, {pages} in spans", heap.in_use));
            }
            extents.extend(heap.runs());
        }
        extents.sort_unstable();
        for w in extents.windows(2) {
            if w[0].0 + w[0].1 != w[1].0 {
                wrong.push(format!("runs {:?} and {:?} overlap or leave a hole", w[0], w[1]));
            }
        }
        self.verify_objects(&mut wrong);
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n"))
        }
    }

    fn verify_objects(&self, wrong: &mut Vec<String>) {
        self.each_object(|o| {
            if o.size >= 16 && o.base % 16 != 0 {
                wrong.push(format!("misaligned: {o:x?}"));
            }
            for addr in [o.base, o.base + o.size - 1] {
                if self.find_object(addr).map(|f| f.base) != Some(o.base) {
                    wrong.push(format!("{addr:#x} does not lead to {o:x?}"));
                }
            }
            if let Some((layout, _)) = o.layout
                && layout.size as usize > o.size
            {
                wrong.push(format!("larger than its slot: {o:x?}"));
            }
        });
    }
}
