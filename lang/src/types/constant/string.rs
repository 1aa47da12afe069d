//! Constant strings: any bytes, concatenated lazily.
//!
//! A long chain `"a" + "b" + …` makes a tree whose bytes are put together once, when someone asks for
//! them; its length is known at once. Dropping a tree does not recurse.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

/// A constant string.
#[derive(Clone, Debug)]
pub struct ConstStr(Arc<Node>);

#[derive(Debug)]
struct Node {
    len: usize,
    parts: Option<(ConstStr, ConstStr)>,
    flat: OnceLock<Arc<[u8]>>,
}

/// Shorter concatenations are copied at once.
const SMALL: usize = 64;

impl ConstStr {
    /// The string with these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> ConstStr {
        let bytes = bytes.into();
        ConstStr(Arc::new(Node {
            len: bytes.len(),
            parts: None,
            flat: OnceLock::from(bytes),
        }))
    }

    /// `self + other`.
    pub fn concat(&self, other: &ConstStr) -> ConstStr {
        if other.is_empty() {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        let len = self.len().saturating_add(other.len());
        if len <= SMALL {
            let mut bytes = Vec::with_capacity(len);
            self.chunks()
                .chain(other.chunks())
                .for_each(|c| bytes.extend_from_slice(c));
            return ConstStr::new(bytes);
        }
        ConstStr(Arc::new(Node {
            len,
            parts: Some((self.clone(), other.clone())),
            flat: OnceLock::new(),
        }))
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether it is `""`.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// All bytes.
    pub fn bytes(&self) -> &Arc<[u8]> {
        self.0.flat.get_or_init(|| {
            let mut bytes = Vec::with_capacity(self.len());
            self.chunks().for_each(|c| bytes.extend_from_slice(c));
            bytes.into()
        })
    }

    /// At most the first `n` bytes.
    pub fn prefix(&self, n: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for c in self.chunks() {
            bytes.extend_from_slice(&c[..c.len().min(n - bytes.len())]);
            if bytes.len() == n {
                break;
            }
        }
        bytes
    }

    /// The order by bytes.
    pub fn compare(&self, other: &ConstStr) -> Ordering {
        let (mut a, mut b) = (self.chunks(), other.chunks());
        let (mut x, mut y): (&[u8], &[u8]) = (&[], &[]);
        loop {
            if x.is_empty() {
                x = a.next().unwrap_or(&[]);
            }
            if y.is_empty() {
                y = b.next().unwrap_or(&[]);
            }
            let n = x.len().min(y.len());
            if n == 0 {
                return x.len().cmp(&y.len());
            }
            match x[..n].cmp(&y[..n]) {
                Ordering::Equal => (x, y) = (&x[n..], &y[n..]),
                order => return order,
            }
        }
    }

    fn chunks(&self) -> Chunks<'_> {
        Chunks { todo: vec![self] }
    }
}

/// The pieces of a string, none empty.
struct Chunks<'a> {
    todo: Vec<&'a ConstStr>,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(s) = self.todo.pop() {
            if let Some(flat) = s.0.flat.get() {
                if !flat.is_empty() {
                    return Some(flat);
                }
            } else if let Some((l, r)) = &s.0.parts {
                self.todo.push(r);
                self.todo.push(l);
            }
        }
        None
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let Some((l, r)) = self.parts.take() else { return };
        let mut todo = vec![l, r];
        while let Some(ConstStr(node)) = todo.pop() {
            if let Some((l, r)) = Arc::into_inner(node).and_then(|mut n| n.parts.take()) {
                todo.push(l);
                todo.push(r);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_chains_neither_recurse_nor_copy() {
        let piece = ConstStr::new(*b"0123456789");
        let mut s = ConstStr::new(*b"");
        for _ in 0..200_000 {
            s = s.concat(&piece);
        }
        assert_eq!(s.len(), 2_000_000);
        assert_eq!(s.prefix(12), b"012345678901");
        assert_eq!(s.compare(&s.concat(&piece)), Ordering::Less);
        assert_eq!(s.bytes().len(), 2_000_000);
        assert_eq!(s.compare(&ConstStr::new(s.bytes().clone())), Ordering::Equal);
    }

    #[test]
    fn doubling_takes_no_memory() {
        let mut s = ConstStr::new(vec![b'x'; 100]);
        for _ in 0..40 {
            s = s.concat(&s);
        }
        assert_eq!(s.len(), 100 << 40);
        assert_eq!(s.prefix(3), b"xxx");
    }
}
