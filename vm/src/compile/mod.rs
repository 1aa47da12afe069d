//! From checked packages to bytecode.
//!
//! [`Compiler`] lives as long as its program: a REPL compiles piece after piece with it. Only what can be
//! reached from the entry is compiled: functions when code names them, methods when their type is converted
//! to an interface and some call through an interface names their selector.
//!
//! ```text
//!  layout, rtypes        types: interned, their forms; descriptors for run time
//!  escape                variables in registers or memory, captures
//!  func                  FuncBuilder: instructions, registers, labels
//!  fx                    Fx: the state of compiling one function, its beginning and end
//!  hoist                 constants of loops
//!  place, expr, binary, cond, consts, literal, convert, index                 expressions
//!  call, inplace, builtin, closure, methods, wrapper                          calls
//!  stmt, assign, loops, range, rangefunc, switch, select, flow, defer         statements
//!  init                  package initialisation, the entry
//! ```
//!
//! Trees may be [`mgo_lang::syntax::ast::MAX_DEPTH`] deep: call this on a thread with [`STACK`] bytes of stack.

mod assign;
mod binary;
mod builtin;
mod call;
mod closure;
mod cond;
mod consts;
mod convert;
mod defer;
pub mod escape;
mod expr;
mod flow;
pub mod func;
mod fx;
mod hoist;
mod index;
mod init;
mod inline;
mod inplace;
mod kernel;
pub mod layout;
mod literal;
mod loops;
mod methods;
mod mono;
mod order;
mod place;
mod range;
mod rangefunc;
mod rtypes;
mod select;
mod stmt;
mod switch;
mod wrapper;

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use mgo_lang::diag::{Code as DiagCode, Diagnostic, Diagnostics};
use mgo_lang::source::{Pos, SourceMap, Span};
use mgo_lang::syntax::ast::{Decl, FuncDecl};
use mgo_lang::types::check_func_body;
use mgo_lang::types::checker::Config;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::store::{ObjId, PkgId, Store, TypeId};
use mgo_lang::types::ty::Basic;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytecode::op::a_bc;
use crate::bytecode::program::{Func, FuncEntry, FuncId, Program, Selector};
use crate::compile::func::{Code, LinkKind};
use crate::compile::inplace::InPlace;
use crate::compile::layout::{Form, Shape, Ty, Types};
use crate::compile::wrapper::Wrapper;

/// Stack a thread needs to compile the deepest tree.
pub const STACK: usize = 512 << 20;

/// Which natives there are.
pub trait Natives {
    /// The number of native `name` (`import/path.Func`).
    fn find(&self, name: &str) -> Option<u32>;
}

/// No natives at all.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoNatives;

impl Natives for NoNatives {
    fn find(&self, _: &str) -> Option<u32> {
        None
    }
}

/// The checked packages of a program; bodies of library functions are checked when they are needed.
#[derive(Default)]
pub struct Packages {
    list: Vec<CheckedPackage>,
    by_id: FxHashMap<PkgId, usize>,
    /// Functions of packages that came piece by piece.
    by_func: FxHashMap<ObjId, usize>,
}

impl Packages {
    /// No packages yet.
    pub fn new() -> Packages {
        Packages::default()
    }

    /// Adds a package.
    pub fn add(&mut self, pkg: CheckedPackage) {
        self.by_id.insert(pkg.id, self.list.len());
        self.list.push(pkg);
    }

    /// Adds a piece of a package of which there may be others.
    pub fn add_piece(&mut self, piece: CheckedPackage) {
        let at = self.list.len();
        self.by_func.extend(piece.funcs.keys().map(|&f| (f, at)));
        self.add(piece);
    }

    /// Takes the piece that was added last back.
    pub fn drop_piece(&mut self) {
        let Some(piece) = self.list.pop() else { return };
        let at = self.list.len();
        self.by_func.retain(|_, i| *i != at);
        match self.list.iter().rposition(|p| p.id == piece.id) {
            Some(i) => self.by_id.insert(piece.id, i),
            None => self.by_id.remove(&piece.id),
        };
    }

    /// Package `id`, if it is there; of one that came in pieces the newest.
    pub fn get(&self, id: PkgId) -> Option<&CheckedPackage> {
        Some(&self.list[*self.by_id.get(&id)?])
    }

    /// The declaration of function or method `obj`, with its package.
    fn func_decl(&self, st: &Store, obj: ObjId) -> Option<(&CheckedPackage, &FuncDecl)> {
        let pkg = match self.by_func.get(&obj) {
            Some(&i) => &self.list[i],
            None => self.get(st[obj].pkg?)?,
        };
        let at = pkg.funcs.get(&obj)?;
        match &pkg.files[at.file as usize].decls[at.decl as usize] {
            Decl::Func(d) => Some((pkg, d)),
            _ => None,
        }
    }

    /// Makes sure that the body of `obj` is parsed and checked.
    fn ensure_body(&mut self, st: &mut Store, map: &SourceMap, obj: ObjId, diags: &mut Diagnostics) {
        if self.by_func.contains_key(&obj) {
            // Pieces are checked at once.
            return;
        }
        let Some(&i) = st[obj].pkg.and_then(|p| self.by_id.get(&p)) else {
            return;
        };
        let config = Config {
            lazy_bodies: true,
            allow_missing_bodies: true,
            allow_type_params: true,
            ..Config::default()
        };
        check_func_body(st, map, &config, &mut self.list[i], obj, diags);
    }
}

/// What identifies a function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum FuncKey {
    /// A declared function or method.
    Decl(ObjId),
    /// A declared method with a value receiver, taking the address of a receiver in memory form.
    DeclByAddress(ObjId),
    /// A declared function or method with type arguments.
    Instance(Rc<mono::Instance>),
    /// A generated function.
    Wrapper(Rc<Wrapper>),
    /// A package's initialisation.
    Init(PkgId),
    /// A function made and queued by who asked for it.
    Anonymous(u32),
}

/// What of package reflect the program uses, which decides what must be there at run time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
enum Reflects {
    /// Nothing.
    #[default]
    No,
    /// Values can be taken apart, pointers to them made: types made of a type that is in an interface get there too.
    Types,
    /// Methods can be called by name: all exported ones are compiled.
    Methods,
}

/// The native through which package reflect gets at functions of methods.
const METHOD_NATIVE: &str = "reflect.methodEntry";

/// See the module's head.
pub struct Compiler {
    /// What is made.
    pub(crate) program: Arc<Program>,
    natives: Arc<dyn Natives>,
    pub(crate) types: Types,
    funcs: FxHashMap<FuncKey, (FuncId, &'static FuncEntry)>,
    entries: Vec<&'static FuncEntry>,
    queue: VecDeque<(FuncKey, FuncId)>,
    pub(crate) globals: FxHashMap<ObjId, u32>,
    selectors: FxHashMap<Selector, u32>,
    /// Selectors that calls through interfaces name.
    called: FxHashSet<u32>,
    /// Methods in tables whose selector nothing calls yet.
    uncalled: FxHashMap<u32, Vec<(FuncKey, FuncId)>>,
    /// The functions among them that are not queued on another account.
    waiting: FxHashSet<FuncId>,
    /// Types converted to interfaces: the set, and those whose methods are not in their descriptor yet.
    converted: FxHashSet<Ty>,
    fresh_converted: Vec<Ty>,
    /// Number of types whose descriptor is filled.
    filled: usize,
    strings: FxHashMap<&'static [u8], usize>,
    pub(crate) done: Vec<Func>,
    links: Vec<(usize, u32, FuncId, LinkKind)>,
    pub(crate) diags: Vec<Diagnostic>,
    initialised: FxHashSet<PkgId>,
    anonymous: u32,
    method_sets: FxHashMap<Ty, Rc<[methods::Found]>>,
    /// Functions looked at for inlining: whether they are.
    inline: FxHashMap<ObjId, bool>,
    /// What is called in place, by the functions that stand for it.
    pub(crate) in_place: FxHashMap<FuncId, InPlace>,
    /// Type arguments of the generic functions met.
    envs: FxHashMap<(ObjId, Vec<Ty>), Rc<mono::TypeEnv>>,
    /// Whether the program can take types apart, and whether it can call their methods by name.
    reflects: Reflects,
    /// How deep in a type's name type arguments are being written.
    naming_args: u32,
    pending_methods: Vec<(Ty, Vec<crate::bytecode::program::RMethod>)>,
    pairs: FxHashMap<[u64; 2], usize>,
    /// Methods of published tables that were queued since the last link: by selector.
    revived: Vec<(u32, FuncKey, FuncId)>,
    /// Those among them that code named itself.
    unwaited: Vec<FuncId>,
    /// What shows the values of expression statements at a prompt: a function with a parameter of type `any`, and
    /// one without parameters that ends the line.
    pub show: Option<(ObjId, ObjId)>,
    /// Bytes kept free in the block of globals for later pieces of the program.
    pub spare_globals: u32,
}

impl Compiler {
    /// A compiler with an empty program.
    pub fn new(natives: Arc<dyn Natives>) -> Compiler {
        Compiler {
            program: Arc::new(Program::new()),
            natives,
            types: Types::default(),
            funcs: FxHashMap::default(),
            entries: Vec::new(),
            queue: VecDeque::new(),
            globals: FxHashMap::default(),
            selectors: FxHashMap::default(),
            called: FxHashSet::default(),
            uncalled: FxHashMap::default(),
            waiting: FxHashSet::default(),
            converted: FxHashSet::default(),
            fresh_converted: Vec::new(),
            filled: 1,
            strings: FxHashMap::default(),
            done: Vec::new(),
            links: Vec::new(),
            diags: Vec::new(),
            initialised: FxHashSet::default(),
            anonymous: 0,
            method_sets: FxHashMap::default(),
            inline: FxHashMap::default(),
            in_place: FxHashMap::default(),
            envs: FxHashMap::default(),
            reflects: Reflects::default(),
            naming_args: 0,
            pending_methods: Vec::new(),
            pairs: FxHashMap::default(),
            revived: Vec::new(),
            unwaited: Vec::new(),
            show: None,
            spare_globals: 0,
        }
    }

    /// The program so far.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Compiles all that package `main` reaches. The function to start: it initialises all packages not
    /// initialised yet and calls `main.main`.
    ///
    /// # Errors
    /// What could not be compiled, with everything else that was wrong.
    pub fn compile_main(
        &mut self,
        store: &mut Store,
        map: &SourceMap,
        packages: &mut Packages,
        main: PkgId,
    ) -> Result<FuncId, Vec<Diagnostic>> {
        let scope = store[main].scope;
        let func = store[scope].names.get("main").copied();
        self.compile_entry(store, map, packages, main, func.as_slice())
    }

    /// Compiles a function that initialises `pkg` and what it imports, then calls `funcs` (without
    /// parameters) in turn.
    ///
    /// # Errors
    /// What could not be compiled.
    pub fn compile_entry(
        &mut self,
        store: &mut Store,
        map: &SourceMap,
        packages: &mut Packages,
        pkg: PkgId,
        funcs: &[ObjId],
    ) -> Result<FuncId, Vec<Diagnostic>> {
        self.program.add_files(map);
        self.know_types(store);
        let initialised = self.initialised.clone();
        let entry = self.entry(store, pkg, funcs);
        self.work(store, map, packages);
        if !self.diags.is_empty() {
            self.abandon();
            self.initialised = initialised;
            return Err(std::mem::take(&mut self.diags));
        }
        self.fill_types(store);
        self.publish_methods();
        self.link();
        Ok(entry)
    }

    /// Compiles queued functions until none is left, and the methods that come to be callable.
    fn work(&mut self, store: &mut Store, map: &SourceMap, packages: &mut Packages) {
        loop {
            while let Some((key, id)) = self.queue.pop_front() {
                self.compile_one(store, map, packages, key, id);
            }
            let Some(t) = self.fresh_converted.pop() else {
                return;
            };
            self.add_methods(store, t);
        }
    }

    fn compile_one(
        &mut self,
        store: &mut Store,
        map: &SourceMap,
        packages: &mut Packages,
        key: FuncKey,
        id: FuncId,
    ) {
        match &key {
            FuncKey::Decl(_) | FuncKey::DeclByAddress(_) | FuncKey::Instance(_) => {
                let (obj, by_address, env) = match &key {
                    FuncKey::Instance(i) => (&i.obj, i.by_address, self.env_of(i)),
                    FuncKey::DeclByAddress(obj) => (obj, true, Rc::default()),
                    FuncKey::Decl(obj) => (obj, false, Rc::default()),
                    _ => return,
                };
                let mut found = Diagnostics::new();
                packages.ensure_body(store, map, *obj, &mut found);
                let small = match packages.func_decl(store, *obj) {
                    Some((pkg, FuncDecl { body: Some(body), .. })) => {
                        inline::candidates(store, packages, &pkg.info, body)
                    }
                    _ => Vec::new(),
                };
                for f in small {
                    packages.ensure_body(store, map, f, &mut found);
                }
                if found.has_errors() {
                    self.diags.extend(found.iter().cloned());
                    return;
                }
                let Some((pkg, decl)) = packages.func_decl(store, *obj) else {
                    let o = &store[*obj];
                    self.unsupported(o.span, format!("no declaration of {}", o.name));
                    return;
                };
                fx::declared(self, store, packages, pkg, *obj, decl, by_address, env, id);
            }
            FuncKey::Wrapper(w) => wrapper::compile(self, store, w, id),
            FuncKey::Init(pkg) => match packages.get(*pkg) {
                Some(pkg) => init::package(self, store, packages, pkg, id),
                None => {
                    let path = store[*pkg].path.clone();
                    self.unsupported(Span::NOWHERE, format!("package {path} was not checked"));
                }
            },
            FuncKey::Anonymous(_) => {}
        }
    }

    // --- functions ---

    /// The function `key` names; it will be compiled.
    pub(crate) fn func(&mut self, key: FuncKey) -> FuncId {
        self.func_entry(key).0
    }

    pub(crate) fn func_entry(&mut self, key: FuncKey) -> (FuncId, &'static FuncEntry) {
        if let Some(&f) = self.funcs.get(&key) {
            if self.waiting.remove(&f.0) {
                self.unwaited.push(f.0);
                self.queue.push_back((key, f.0));
            }
            return f;
        }
        let f = self.new_func(&key);
        self.queue.push_back((key, f.0));
        f
    }

    fn new_func(&mut self, key: &FuncKey) -> (FuncId, &'static FuncEntry) {
        let id = self.program.funcs.reserve();
        let f = (id, FuncEntry::leak(id));
        // Numbers left out are functions that the running program made.
        self.entries.resize(id as usize + 1, f.1);
        self.funcs.insert(key.clone(), f);
        f
    }

    /// A function with no other name, which the caller compiles.
    pub(crate) fn anonymous(&mut self) -> (FuncId, &'static FuncEntry) {
        self.anonymous += 1;
        self.new_func(&FuncKey::Anonymous(self.anonymous))
    }

    pub(crate) fn entry_of(&self, id: FuncId) -> &'static FuncEntry {
        self.entries[id as usize]
    }

    /// A method that stands in a type's table: compiled once its selector is called.
    fn method_func(&mut self, key: FuncKey, sel: u32) -> &'static FuncEntry {
        if self.called.contains(&sel) || self.reflects == Reflects::Methods && self.is_exported(sel) {
            return self.func_entry(key).1;
        }
        if let Some(f) = self.funcs.get(&key) {
            return f.1;
        }
        let f = self.new_func(&key);
        self.waiting.insert(f.0);
        self.uncalled.entry(sel).or_default().push((key, f.0));
        f.1
    }

    /// Notes that calls through interfaces name `sel`.
    pub(crate) fn call_selector(&mut self, sel: u32) {
        if self.called.insert(sel) {
            let list = self.uncalled.remove(&sel).unwrap_or_default();
            self.revived
                .extend(list.iter().map(|(key, id)| (sel, key.clone(), *id)));
            self.queue
                .extend(list.into_iter().filter(|f| self.waiting.remove(&f.1)));
        }
    }

    fn is_exported(&self, sel: u32) -> bool {
        self.program.selectors[sel].pkg.is_empty()
    }

    /// Notes that the program uses native `name`.
    fn note_reflection(&mut self, st: &Store, name: &str) {
        let now = match name {
            METHOD_NATIVE => Reflects::Methods,
            n if n.starts_with("reflect.") => Reflects::Types,
            _ => return,
        };
        let before = self.reflects;
        self.reflects = before.max(now);
        if self.reflects > before {
            for t in self.converted.iter().copied().collect::<Vec<_>>() {
                self.reach(st, t);
            }
        }
        if now == Reflects::Methods && before != now {
            let sels: Vec<u32> = self.uncalled.keys().copied().collect();
            for sel in sels {
                if self.is_exported(sel) {
                    let list = self.uncalled.remove(&sel).into_iter().flatten();
                    self.queue.extend(list.filter(|f| self.waiting.remove(&f.1)));
                }
            }
        }
    }

    /// The number of a selector.
    pub(crate) fn selector(&mut self, name: &Arc<str>, pkg: &Arc<str>) -> u32 {
        let key = Selector {
            name: name.clone(),
            pkg: pkg.clone(),
        };
        if let Some(&s) = self.selectors.get(&key) {
            return s;
        }
        let s = self.program.selectors.push(key.clone());
        self.selectors.insert(key, s);
        s
    }

    /// Puts a finished function into the program.
    pub(crate) fn add(&mut self, head: FuncHead, code: Code) {
        let words: Vec<AtomicU64> = code.words.into_iter().map(AtomicU64::new).collect();
        let at = self.done.len();
        self.links.extend(
            code.links
                .into_iter()
                .map(|(word, callee, kind)| (at, word, callee, kind)),
        );
        head.entry.frame.store(code.frame, Ordering::Relaxed);
        self.done.push(Func {
            id: head.id,
            name: head.name,
            entry: head.entry,
            code: Box::leak(words.into_boxed_slice()),
            frame: code.frame as u16,
            results: head.results,
            params: head.params,
            pointers: code.pointers.into(),
            lines: code.lines.into(),
            inlined: code.inlined.into(),
            recover: code.recover,
            liveness: OnceLock::new(),
            flags: head.flags,
            pos: head.pos,
        });
    }

    /// Gives every call its callee's address, and publishes what was compiled.
    fn link(&mut self) {
        for f in &self.done {
            f.entry.code.store(f.start(), Ordering::Release);
        }
        for &(at, word, callee, kind) in &self.links {
            let code = &self.done[at].code[word as usize..];
            let e = self.entries[callee as usize];
            match kind {
                LinkKind::Call => {
                    let w = code[0].load(Ordering::Relaxed);
                    let frame = e.frame.load(Ordering::Relaxed);
                    code[0].store(
                        w | a_bc(crate::bytecode::op::Op::Nop, 0, frame),
                        Ordering::Relaxed,
                    );
                    code[1].store(e.code.load(Ordering::Relaxed) as u64, Ordering::Relaxed);
                }
                LinkKind::Entry => code[1].store(e.address() as u64, Ordering::Relaxed),
            }
        }
        self.links.clear();
        self.revived.clear();
        self.unwaited.clear();
        self.program.globals.fix(self.spare_globals);
        self.program.add_funcs(std::mem::take(&mut self.done));
    }

    /// Forgets what was compiled since the last link, after an error.
    fn abandon(&mut self) {
        let gone: FxHashSet<FuncId> = self.done.iter().map(|f| f.id).collect();
        // Methods in tables wait again for somebody who calls them.
        for (sel, key, id) in std::mem::take(&mut self.revived) {
            self.called.remove(&sel);
            self.waiting.insert(id);
            self.uncalled.entry(sel).or_default().push((key, id));
        }
        self.waiting.extend(self.unwaited.drain(..));
        for (t, _) in std::mem::take(&mut self.pending_methods) {
            if self
                .program
                .types
                .get(t.0)
                .is_none_or(|r| r.methods.get().is_none())
            {
                self.converted.remove(&t);
            }
        }
        for t in std::mem::take(&mut self.fresh_converted) {
            self.converted.remove(&t);
        }
        let queued: FxHashSet<FuncId> = self.queue.iter().map(|q| q.1).collect();
        let missing = |id: &FuncId| self.program.funcs.get(*id).is_none();
        let waiting = &self.waiting;
        self.funcs.retain(|_, f| {
            let lost = gone.contains(&f.0) || queued.contains(&f.0) || missing(&f.0);
            !lost || waiting.contains(&f.0)
        });
        self.queue.clear();
        self.links.clear();
        self.done.clear();
    }

    // --- types ---

    pub(crate) fn ty(&mut self, st: &Store, id: TypeId) -> Ty {
        self.types.of(&self.program, st, id)
    }

    pub(crate) fn form(&mut self, st: &Store, t: Ty) -> Rc<Form> {
        self.types.form(&self.program, st, t)
    }

    pub(crate) fn under(&mut self, st: &Store, t: Ty) -> Shape {
        self.types.under_shape(&self.program, st, t).clone()
    }

    pub(crate) fn intern(&mut self, shape: Shape) -> Ty {
        self.types.intern(&self.program, shape)
    }

    pub(crate) fn basic(&mut self, b: Basic) -> Ty {
        self.intern(Shape::Basic(b))
    }

    pub(crate) fn pointer_to(&mut self, t: Ty) -> Ty {
        self.types.pointer_to(&self.program, t)
    }

    /// Place of package-level variable `obj` in the globals.
    pub(crate) fn global(&mut self, st: &Store, obj: ObjId) -> u32 {
        if let Some(&g) = self.globals.get(&obj) {
            return g;
        }
        let t = self.ty(st, st[obj].ty);
        let f = self.form(st, t);
        let mut words = Vec::new();
        if !f.pointers.is_empty() {
            for i in 0..f.units as u32 {
                words.extend(f.pointers.iter().map(|w| i * (f.unit / 8) + w));
            }
        }
        let at = self
            .program
            .globals
            .reserve(f.size.max(1), &words)
            .unwrap_or_else(|| {
                self.unsupported(st[obj].span, "too many package-level variables");
                0
            });
        self.globals.insert(obj, at);
        at
    }

    /// Package-level variable `obj` is used no more: it gives up its value.
    pub fn forget(&mut self, st: &Store, obj: ObjId) {
        if let Some(&at) = self.globals.get(&obj) {
            let t = self.ty(st, st[obj].ty);
            let size = self.form(st, t).size;
            self.program.globals.clear(at, size);
        }
    }

    /// Address of constant bytes.
    pub(crate) fn string(&mut self, s: &[u8]) -> usize {
        if let Some(&at) = self.strings.get(s) {
            return at;
        }
        let leaked: &'static [u8] = Box::leak(s.to_vec().into_boxed_slice());
        let at = leaked.as_ptr() as usize;
        self.strings.insert(leaked, at);
        self.program
            .strings
            .write()
            .expect("never poisoned")
            .insert(at, leaked);
        at
    }

    /// Reports that something cannot be compiled.
    pub(crate) fn unsupported(&mut self, span: Span, what: impl Into<String>) {
        self.diags
            .push(Diagnostic::error(DiagCode::Unsupported, span, what));
    }

    /// What does the work of function `obj`, which has no body.
    pub(crate) fn bodiless(&mut self, st: &Store, obj: ObjId) -> Option<InPlace> {
        let o = &st[obj];
        let pkg = o.pkg.map_or("", |p| &*st[p].path);
        let name = format!("{pkg}.{}", o.name);
        if let Some(op) = inplace::instruction(&name) {
            return Some(InPlace::Inst(op));
        }
        self.note_reflection(st, &name);
        let found = self.natives.find(&name);
        match found {
            Some(n) => {
                self.program
                    .natives
                    .write()
                    .expect("never poisoned")
                    .insert(n, name.into());
            }
            None => {
                let d = Diagnostic::error(DiagCode::Unsupported, o.span, "missing function body");
                self.diags.push(d.note(format!("and no native {name}")));
            }
        }
        found.map(InPlace::Native)
    }
}

/// What is known of a function beside its code.
pub(crate) struct FuncHead {
    pub id: FuncId,
    pub entry: &'static FuncEntry,
    pub name: Arc<str>,
    pub results: u16,
    pub params: u16,
    pub flags: u32,
    pub pos: Pos,
}
