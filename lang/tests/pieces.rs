//! Programs checked piece by piece: what a piece sees of those before, and that a wrong one leaves nothing behind.

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::{FragmentKind, parse_fragment};
use mgo_lang::types::checker::Config;
use mgo_lang::types::fragment::{CheckedPiece, Home, Piece, check_piece};
use mgo_lang::types::importer::NoPackages;
use mgo_lang::types::store::Store;

struct Session {
    store: Store,
    map: SourceMap,
    home: Home,
}

impl Session {
    fn new(prompt: bool) -> Session {
        let mut store = Store::new();
        let home = Home::new(&mut store, "main", prompt);
        let map = SourceMap::new();
        Session { store, map, home }
    }

    /// Checks a piece; the messages of what is wrong.
    fn check(&mut self, text: &str) -> Result<CheckedPiece, Vec<String>> {
        let file = self.map.add("piece", text).expect("there is room");
        let (mut ids, mut diags) = (ExprIds::default(), Diagnostics::new());
        let fragment = parse_fragment(&self.map, file, FragmentKind::Stmts, &mut ids, &mut diags);
        let piece = Piece::of(&self.map, file, fragment.stmts, &ids);
        let config = Config {
            allow_unused: self.home.prompt,
            allow_type_params: true,
            ..Config::default()
        };
        let (store, map) = (&mut self.store, &mut self.map);
        check_piece(store, map, &mut NoPackages, &config, self.home, piece, &mut diags)
            .ok_or_else(|| diags.iter().map(|d| d.message.clone()).collect())
    }

    fn names(&self) -> Vec<String> {
        let scope = self.store[self.home.pkg].scope;
        let mut names: Vec<String> = self.store[scope].names.keys().map(|n| n.to_string()).collect();
        names.sort();
        names
    }
}

#[test]
fn pieces_see_those_before() {
    let mut s = Session::new(true);
    for text in [
        "x := 1",
        "func f() int { return x + y() }; func y() int { return 2 }",
        "z := f() + x",
    ] {
        s.check(text).expect(text);
    }
    assert_eq!(s.names(), ["f", "x", "y", "z"]);
}

#[test]
fn a_wrong_piece_leaves_nothing_behind() {
    let mut s = Session::new(true);
    s.check("type T struct{}; x := 1").expect("right");
    let wrong = "x := \"new\"; func (T) M() {}; func g() {}; type T int; y := nowhere";
    assert_eq!(s.check(wrong).unwrap_err(), ["undefined: nowhere"]);
    assert_eq!(s.names(), ["T", "x"]);
    s.check("x++; _ = T{}").expect("they are what they were");
    assert!(s.check("T{}.M()").is_err());
}

#[test]
fn at_a_prompt_declarations_replace() {
    let mut s = Session::new(true);
    s.check("x := 1; func f() int { return x }").expect("right");
    let piece = s.check("x := \"one\"").expect("x is a new object");
    assert_eq!(piece.undo.replaced(&s.store).len(), 1);
    s.check("var n int = f(); var s string = x")
        .expect("f is as it was");
    let piece = s.check("type T int; func (T) A() {}").expect("right");
    assert!(piece.extended.is_empty());
    let piece = s.check("func (T) B() {}").expect("T is of an earlier piece");
    assert_eq!(piece.extended.len(), 1);
    s.check("T(1).A(); T(1).B()").expect("both methods are there");
    piece.undo.apply(&mut s.store);
    assert!(s.check("T(1).B()").is_err());
}

#[test]
fn scripts_are_checked_as_files_are() {
    let check = |text: &str| Session::new(false).check(text).map(|p| p.does).unwrap_err();
    assert_eq!(check("x := 1; x := 2"), ["no new variables on left side of :="]);
    assert_eq!(check("1 + 1"), ["1 + 1 (untyped int constant 2) is not used"]);
    assert_eq!(check("func f() {}; func f() {}"), ["f redeclared in this block"]);
    assert_eq!(check("if true { v := 1 }"), ["declared and not used: v"]);
    assert!(
        !Session::new(false)
            .check("var x = 1; func main() {}")
            .expect("right")
            .does
    );
}
