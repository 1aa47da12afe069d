//! All natives by name, as the compiler and the engine want them.

mod big;
mod crypto;
mod flate;
mod fmt;
mod kept;
mod math;
mod os;
mod regexp;
mod signal;
mod strconv;
mod strings;
mod testing;

use std::collections::HashMap;
use std::sync::Arc;

use mgo_vm::compile::Natives;
use mgo_vm::native::{NativeFn, builtin};

/// Every table of natives: the VM's own, and one for each file of natives here.
fn tables() -> Vec<&'static [(&'static str, NativeFn)]> {
    let mut all = builtin::tables();
    all.extend([fmt::FMT, math::PARTS, math::FUNCTIONS, math::WORDS]);
    all.extend([os::STDIO, os::FILES, os::PROCESS, os::CHILDREN, os::TIME]);
    all.extend([big::BIG, crypto::CRYPTO, flate::FLATE, regexp::REGEXP]);
    all.push(signal::SIGNALS);
    all.extend([strconv::STRCONV, strconv::UNICODE, strconv::UTF8]);
    all.push(testing::TESTLINK);
    all.extend([strings::STRINGS, strings::BYTES, strings::OTHERS]);
    all
}

/// The natives by name and by number.
pub struct Registry {
    by_name: HashMap<&'static str, u32>,
    functions: Vec<NativeFn>,
}

impl Registry {
    /// All of them.
    pub fn new() -> Arc<Registry> {
        let mut r = Registry {
            by_name: HashMap::new(),
            functions: Vec::new(),
        };
        for &(name, f) in tables().into_iter().flatten() {
            r.by_name.insert(name, r.functions.len() as u32);
            r.functions.push(f);
        }
        Arc::new(r)
    }

    /// The natives in the order of their numbers.
    pub fn functions(&self) -> Vec<NativeFn> {
        self.functions.clone()
    }
}

impl Natives for Registry {
    fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}
