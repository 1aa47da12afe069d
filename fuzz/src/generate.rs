//! Well-typed programs at random: they end, say what they computed, and do nothing whose outcome Go leaves open.
//!
//! Every function takes from a store of fuel and panics when it is used up; a function calls only those
//! before it; loops run a few times. Numbers are hidden from constant folding behind parameters, so that the
//! compiler cannot refuse an overflow or a division by zero: such things happen at run time, are recovered and
//! printed. Operands with side effects stand in statements of their own, as their order is open in Go.

use std::fmt::Write as _;

use crate::random::Random;

/// The types of local variables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ty {
    Int,
    Int8,
    Uint16,
    Int32,
    Uint64,
    Float,
    Str,
    Bool,
    Ints,
    Strs,
    Dict,
    Rec,
    RecPtr,
    Shape,
    Fun,
    Array,
    Any,
    Pair,
}

const TYPES: [(Ty, &str); 18] = [
    (Ty::Int, "int"),
    (Ty::Int8, "int8"),
    (Ty::Uint16, "uint16"),
    (Ty::Int32, "int32"),
    (Ty::Uint64, "uint64"),
    (Ty::Float, "float64"),
    (Ty::Str, "string"),
    (Ty::Bool, "bool"),
    (Ty::Ints, "[]int"),
    (Ty::Strs, "[]string"),
    (Ty::Dict, "map[string]int"),
    (Ty::Rec, "rec"),
    (Ty::RecPtr, "*rec"),
    (Ty::Shape, "shape"),
    (Ty::Fun, "func(int) int"),
    (Ty::Array, "[4]int"),
    (Ty::Any, "any"),
    (Ty::Pair, "pair[int, string]"),
];

const INTEGERS: [Ty; 5] = [Ty::Int, Ty::Int8, Ty::Uint16, Ty::Int32, Ty::Uint64];

impl Ty {
    fn name(self) -> &'static str {
        TYPES.iter().find(|t| t.0 == self).map_or("int", |t| t.1)
    }
}

/// What every program begins with.
const PRELUDE: &str = r#"package main

import (
	"fmt"
	"sort"
	"strings"
)

type rec struct {
	a int
	s string
	f float64
	in inner
	list []int
}

type inner struct {
	x, y int32
	ok   bool
}

func (r rec) Area() int { return r.a + int(r.in.x) }
func (r *rec) grow(n int) int {
	r.a += n
	r.in.x++
	return r.a
}

type square int

func (s square) Area() int { return int(s) * int(s) }

type shape interface{ Area() int }

type pair[A, B any] struct {
	first  A
	second B
}

func (p pair[A, B]) swap() pair[B, A] { return pair[B, A]{p.second, p.first} }

type number interface {
	~int | ~int8 | ~int32 | ~uint16 | ~uint64 | ~float64
}

func sum[T number](list ...T) T {
	var s T
	for _, x := range list {
		s += x
	}
	return s
}

func apply[T, U any](list []T, f func(T) U) []U {
	var out []U
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}

func each(list []int) func(yield func(int, int) bool) {
	return func(yield func(int, int) bool) {
		for i, x := range list {
			if !yield(i, x) {
				return
			}
		}
	}
}

func keys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func id[T any](x T) T { return x }

var fuel = 20000

func burn() {
	fuel--
	if fuel < 0 {
		panic("out of fuel")
	}
}

func try(name string, f func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(name, "panics:", e)
		}
	}()
	fuel = 2000
	f()
}

func text(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int:
		return fmt.Sprint("int ", v)
	case string:
		return fmt.Sprintf("string %q", v)
	case shape:
		return fmt.Sprint("shape ", v.Area())
	case []int:
		return fmt.Sprint("ints ", len(v), v)
	}
	return fmt.Sprintf("%T %v", x, x)
}

var _ = strings.ToUpper
"#;

/// A program with `n_funcs` functions.
pub fn program(seed: u64, n_funcs: usize) -> String {
    let mut g = Generator {
        r: Random::new(seed),
        out: PRELUDE.to_owned(),
        vars: Vec::new(),
        n_vars: 0,
        depth: 0,
        loops: 0,
        funcs: 0,
    };
    for _ in 0..n_funcs {
        g.func();
    }
    g.out.push_str("\nfunc main() {\n");
    for i in 0..n_funcs {
        let a = g.r.below(7) as i64 - 3;
        let _ = writeln!(
            g.out,
            "\ttry(\"f{i}\", func() {{ n, s := f{i}(id({a}), id(\"s{i}\")); fmt.Println(\"f{i}\", n, s) }})"
        );
    }
    g.out.push_str("}\n");
    g.out
}

struct Generator {
    r: Random,
    out: String,
    /// The variables in scope.
    vars: Vec<(String, Ty)>,
    n_vars: usize,
    depth: usize,
    loops: usize,
    /// Functions that may be called.
    funcs: usize,
}

impl Generator {
    fn line(&mut self, text: &str) {
        let tabs = "\t".repeat(self.depth);
        let _ = writeln!(self.out, "{tabs}{text}");
    }

    /// `func fN(n int, s string) (res int, str string)`
    fn func(&mut self) {
        let i = self.funcs;
        self.vars = vec![
            ("n".into(), Ty::Int),
            ("s".into(), Ty::Str),
            ("res".into(), Ty::Int),
            ("str".into(), Ty::Str),
        ];
        self.out.push('\n');
        self.line(&format!("func f{i}(n int, s string) (res int, str string) {{"));
        self.depth = 1;
        self.line("burn()");
        if self.r.one_in(6) {
            self.line("defer func() { res += 1; str += \"!\" }()");
        }
        let n = 6 + self.r.below(14);
        self.stmts(n);
        let (a, b) = (self.expr(Ty::Int, 2), self.expr(Ty::Str, 2));
        self.line(&format!("return {a}, {b}"));
        self.depth = 0;
        self.line("}");
        self.funcs += 1;
    }

    fn stmts(&mut self, n: usize) {
        for _ in 0..n {
            self.stmt();
        }
    }

    /// Statements between braces, with variables of their own.
    fn block(&mut self, head: &str, n: usize, tail: &str) {
        self.line(&format!("{head} {{"));
        self.inside(n);
        self.line(&format!("}}{tail}"));
    }

    fn inside(&mut self, n: usize) {
        let mark = self.vars.len();
        self.depth += 1;
        self.stmts(n);
        self.depth -= 1;
        self.vars.truncate(mark);
    }

    fn fresh(&mut self) -> String {
        self.n_vars += 1;
        format!("v{}", self.n_vars)
    }

    fn var(&mut self, t: Ty) -> Option<String> {
        let fit: Vec<&String> = self.vars.iter().filter(|v| v.1 == t).map(|v| &v.0).collect();
        (!fit.is_empty()).then(|| (*self.r.pick(&fit)).clone())
    }

    fn declare(&mut self) {
        let t = self.r.pick(&TYPES).0;
        let (name, value) = (self.fresh(), self.expr(t, 2));
        if self.r.one_in(2) {
            self.line(&format!("var {name} {} = {value}", t.name()));
        } else {
            self.line(&format!("{name} := {}({value})", paren(t.name())));
        }
        self.line(&format!("_ = {name}"));
        self.vars.push((name, t));
    }

    fn stmt(&mut self) {
        let small = self.depth >= 4;
        match self.r.below(if small { 9 } else { 20 }) {
            0..=3 => self.declare(),
            4 | 5 => self.assign(),
            6 => self.collect(),
            7 => self.call(),
            8 => {
                let t = self.r.pick(&TYPES).0;
                let e = match t {
                    Ty::Fun | Ty::RecPtr | Ty::Shape => self.expr(Ty::Int, 2),
                    t => self.expr(t, 2),
                };
                self.line(&format!("str += text({e})"));
                self.line("if len(str) > 60 {");
                self.line("\tstr = str[len(str)-40:]");
                self.line("}");
            }
            9..=11 => {
                let (c, n) = (self.expr(Ty::Bool, 2), 1 + self.r.below(3));
                self.block(&format!("if {c}"), n, "");
                if self.r.one_in(2) {
                    // Continue the chain on the line of the closing brace.
                    let end = self.out.trim_end().len();
                    self.out.truncate(end);
                    self.out.push_str(" else {\n");
                    self.inside(n);
                    self.line("}");
                }
            }
            12..=14 => self.loops(),
            15 => self.switch(),
            16 => self.closure(),
            17 => {
                let t = *self.r.pick(&INTEGERS);
                let (a, b) = (self.expr(t, 2), self.expr(t, 2));
                let op = *self.r.pick(&["/", "%"]);
                let (x, y, z) = (self.fresh(), self.fresh(), self.fresh());
                self.line(&format!("{x}, {y} := {t}({a}), {t}({b})", t = t.name()));
                self.line(&format!("if {y} == 0 && n%2 == 0 {{"));
                self.line(&format!("\t{y} = 7"));
                self.line("}");
                self.line(&format!("{z} := {x} {op} {y}"));
                self.line(&format!("_ = {z}"));
                self.vars.push((z, t));
            }
            18 => {
                let e = self.expr(Ty::Int, 1);
                self.line("func() {");
                self.line("\tdefer func() { str += fmt.Sprint(recover()) }()");
                self.line(&format!("\tres += [...]int{{1, 2, 3}}[id({e})&3]"));
                self.line("}()");
            }
            _ => {
                let n = 1 + self.r.below(2);
                self.block("", n, "");
            }
        }
    }

    fn assign(&mut self) {
        let t = *self.r.pick(&[
            Ty::Int,
            Ty::Int8,
            Ty::Uint16,
            Ty::Int32,
            Ty::Uint64,
            Ty::Float,
            Ty::Str,
            Ty::Bool,
            Ty::Any,
        ]);
        let Some(v) = self.var(t) else { return };
        let e = self.expr(t, 3);
        let ops: &[&str] = match t {
            Ty::Str | Ty::Bool | Ty::Any => &["="],
            Ty::Float => &["=", "+=", "-=", "*="],
            _ => &["=", "+=", "-=", "*=", "&=", "|=", "^=", "&^="],
        };
        let op = *self.r.pick(ops);
        self.line(&format!("{v} {op} {e}"));
    }

    /// A change of a slice, map, array or struct.
    fn collect(&mut self) {
        let (i, s) = (self.expr(Ty::Int, 2), self.expr(Ty::Str, 1));
        match self.r.below(6) {
            0 => {
                if let Some(v) = self.var(Ty::Ints) {
                    self.line(&format!("{v} = append({v}, {i}, n)"));
                }
            }
            1 => {
                if let Some(v) = self.var(Ty::Dict) {
                    self.line(&format!("{v}[{s}] += {i}"));
                }
            }
            2 => {
                if let Some(v) = self.var(Ty::Array) {
                    let k = self.expr(Ty::Int, 1);
                    self.line(&format!("{v}[({k})&3] = {i}"));
                }
            }
            3 => {
                if let Some(v) = self.var(Ty::Rec) {
                    self.line(&format!("{v}.a, {v}.s = {i}, {s}"));
                    self.line(&format!("{v}.in.ok = !{v}.in.ok"));
                }
            }
            4 => {
                if let Some(v) = self.var(Ty::RecPtr) {
                    self.line(&format!("res += {v}.grow({i})"));
                }
            }
            _ => {
                if let Some(v) = self.var(Ty::Strs) {
                    self.line(&format!("{v} = append({v}[:len({v})/2], {s})"));
                }
            }
        }
    }

    fn call(&mut self) {
        if self.funcs == 0 || self.loops > 1 {
            return;
        }
        let f = self.r.below(self.funcs);
        let (a, b) = (self.expr(Ty::Int, 2), self.expr(Ty::Str, 1));
        let (x, y) = (self.fresh(), self.fresh());
        self.line(&format!("{x}, {y} := f{f}(({a})%5, {b})"));
        self.line(&format!("_, _ = {x}, {y}"));
        self.vars.extend([(x, Ty::Int), (y, Ty::Str)]);
    }

    fn loops(&mut self) {
        if self.loops >= 2 {
            return self.assign();
        }
        let (i, x) = (self.fresh(), self.fresh());
        let (head, vars): (String, Vec<(String, Ty)>) = match self.r.below(6) {
            0 => (
                format!("for {i} := 0; {i} < {}; {i}++", 1 + self.r.below(4)),
                vec![(i.clone(), Ty::Int)],
            ),
            1 => (
                format!("for {i} := range {}", self.r.below(4)),
                vec![(i.clone(), Ty::Int)],
            ),
            2 => {
                let list = self.expr(Ty::Ints, 1);
                (
                    format!("for {i}, {x} := range {list}[:min(4, len({list}))]"),
                    vec![(i.clone(), Ty::Int), (x.clone(), Ty::Int)],
                )
            }
            3 => {
                let list = self.expr(Ty::Ints, 1);
                (
                    format!("for {i}, {x} := range each({list})"),
                    vec![(i.clone(), Ty::Int), (x.clone(), Ty::Int)],
                )
            }
            4 => {
                let map = self.expr(Ty::Dict, 1);
                (
                    format!("for {i}, {x} := range keys({map})"),
                    vec![(i.clone(), Ty::Int), (x.clone(), Ty::Str)],
                )
            }
            _ => {
                let text = self.expr(Ty::Str, 1);
                (
                    format!("for {i}, {x} := range {text}"),
                    vec![(i.clone(), Ty::Int), (x.clone(), Ty::Int32)],
                )
            }
        };
        let label = self.r.one_in(4).then(|| format!("L{}", self.n_vars));
        if let Some(l) = &label {
            let tabs = "\t".repeat(self.depth - 1);
            let _ = writeln!(self.out, "{tabs}{l}:");
        }
        self.line(&format!("{head} {{"));
        let mark = self.vars.len();
        self.depth += 1;
        self.loops += 1;
        self.line("burn()");
        for (v, _) in &vars {
            self.line(&format!("_ = {v}"));
        }
        self.vars.extend(vars);
        let n = 1 + self.r.below(3);
        self.stmts(n);
        let c = self.expr(Ty::Bool, 1);
        let to = label.map_or_else(String::new, |l| format!(" {l}"));
        let jump = if self.r.one_in(2) { "break" } else { "continue" };
        self.line(&format!("if {c} {{"));
        self.line(&format!("\t{jump}{to}"));
        self.line("}");
        if self.r.one_in(3) && self.depth < 4 {
            self.stmts(1);
        }
        self.loops -= 1;
        self.depth -= 1;
        self.vars.truncate(mark);
        self.line("}");
    }

    fn switch(&mut self) {
        let e = self.expr(Ty::Int, 2);
        self.line(&format!("switch ({e}) & 3 {{"));
        for k in 0..self.r.below(4) {
            self.line(&format!("case {k}:"));
            self.inside(1);
            if k < 1 && self.r.one_in(3) {
                self.line("\tfallthrough");
                self.line("case 4, 5:");
                self.line("\tres++");
            }
        }
        self.line("default:");
        self.inside(1);
        self.line("}");
    }

    fn closure(&mut self) {
        let f = self.fresh();
        self.line(&format!("{f} := func(k int) int {{"));
        self.depth += 1;
        let mark = self.vars.len();
        self.vars.push(("k".into(), Ty::Int));
        self.line("burn()");
        self.stmts(1);
        let e = self.expr(Ty::Int, 2);
        self.line(&format!("return {e}"));
        self.vars.truncate(mark);
        self.depth -= 1;
        self.line("}");
        self.line(&format!("res ^= {f}(n)"));
        self.vars.push((f, Ty::Fun));
    }

    /// An expression of type `t` without side effects.
    fn expr(&mut self, t: Ty, depth: usize) -> String {
        if depth == 0 || self.r.one_in(4) {
            return match self.var(t) {
                Some(v) if !self.r.one_in(4) => v,
                _ => self.literal(t),
            };
        }
        let d = depth - 1;
        match t {
            Ty::Int => self.int(d),
            Ty::Int8 | Ty::Uint16 | Ty::Int32 | Ty::Uint64 => self.integer(t, d),
            Ty::Float => {
                let (a, b) = (self.expr(t, d), self.expr(t, d));
                match self.r.below(4) {
                    0 => format!("({a} + {b})"),
                    1 => format!("({a} - {b})"),
                    2 => format!("float64({})", self.expr(Ty::Int32, d)),
                    _ => format!("max({a}, {b})"),
                }
            }
            Ty::Str => self.string(d),
            Ty::Bool => self.boolean(d),
            Ty::Ints => match self.r.below(3) {
                0 => format!("append([]int(nil), {}...)", self.expr(t, d)),
                1 => format!(
                    "apply({}, func(x int) int {{ return x ^ {} }})",
                    self.expr(t, d),
                    self.expr(Ty::Int, 0)
                ),
                _ => format!("[]int{{{}, {}}}", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
            },
            Ty::Pair => format!("({}).swap().swap()", self.expr(t, d)),
            Ty::Any => {
                let of = *self
                    .r
                    .pick(&[Ty::Int, Ty::Str, Ty::Ints, Ty::Rec, Ty::Bool, Ty::Pair]);
                format!("any({})", self.expr(of, d))
            }
            _ => self.literal(t),
        }
    }

    fn int(&mut self, d: usize) -> String {
        match self.r.below(12) {
            0..=2 => self.integer(Ty::Int, d),
            3 => format!("len({})", self.expr(Ty::Str, d)),
            4 => format!("len({})", self.expr(Ty::Ints, d)),
            5 => {
                let t = *self.r.pick(&INTEGERS);
                format!("int({})", self.expr(t, d))
            }
            6 => format!("({}).Area()", self.expr(Ty::Rec, d)),
            7 => format!("({})[({})&3]", self.expr(Ty::Array, 0), self.expr(Ty::Int, d)),
            8 => format!("({})[{}]", self.expr(Ty::Dict, 0), self.expr(Ty::Str, d)),
            9 => format!("sum({}...)", self.expr(Ty::Ints, d)),
            10 => format!("({}).first", self.expr(Ty::Pair, 0)),
            _ => format!("min({}, {})", self.expr(Ty::Int, d), self.expr(Ty::Int, d)),
        }
    }

    fn integer(&mut self, t: Ty, d: usize) -> String {
        let (a, b) = (self.expr(t, d), self.expr(t, d));
        match self.r.below(6) {
            0 => format!("(({a}) << (uint({}) & 15))", self.expr(Ty::Int, 0)),
            1 => format!("(({a}) >> (uint({}) & 15))", self.expr(Ty::Int, 0)),
            2 => {
                let of = *self.r.pick(&INTEGERS);
                format!("{}({})", t.name(), self.expr(of, d))
            }
            3 => format!("(-({a}))"),
            4 => format!("(^({a}))"),
            _ => {
                let op = *self.r.pick(&["+", "-", "*", "&", "|", "^", "&^"]);
                format!("({a} {op} {b})")
            }
        }
    }

    fn string(&mut self, d: usize) -> String {
        match self.r.below(7) {
            0 => format!("({} + {})", self.expr(Ty::Str, d), self.expr(Ty::Str, d)),
            1 => format!("fmt.Sprint({})", self.expr(Ty::Int, d)),
            2 => format!("strings.ToUpper({})", self.expr(Ty::Str, d)),
            3 => format!("string(rune(65+({})&15))", self.expr(Ty::Int, d)),
            4 => format!("({}).s", self.expr(Ty::Rec, 0)),
            5 => format!("strings.Join({}, \"-\")", self.expr(Ty::Strs, d)),
            _ => {
                let s = self.expr(Ty::Str, 0);
                format!("{s}[:min(3, len({s}))]")
            }
        }
    }

    fn boolean(&mut self, d: usize) -> String {
        let t = *self
            .r
            .pick(&[Ty::Int, Ty::Int8, Ty::Uint16, Ty::Uint64, Ty::Str, Ty::Float]);
        match self.r.below(6) {
            0 => format!("({} && {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            1 => format!("({} || {})", self.expr(Ty::Bool, d), self.expr(Ty::Bool, d)),
            2 => format!("!{}", self.expr(Ty::Bool, d)),
            3 => format!("(({}) == ({}))", self.expr(Ty::Array, 0), self.expr(Ty::Array, 0)),
            _ => {
                let op = *self.r.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.expr(t, d), self.expr(t, d))
            }
        }
    }

    fn literal(&mut self, t: Ty) -> String {
        let k = self.r.below(100) as i64;
        let word = *self
            .r
            .pick(&["\"\"", "\"a\"", "\"héllo\"", "\"go go\"", "\"x\\ty\"", "`raw`"]);
        match t {
            Ty::Int => format!("id({})", *self.r.pick(&[k, -k, k << 40, -1])),
            Ty::Int8 => format!("id(int8({}))", k - 50),
            Ty::Uint16 => format!("id(uint16({}))", k * 600),
            Ty::Int32 => format!("id(int32({}))", (k - 50) * 40_000_000),
            Ty::Uint64 => format!("id(uint64({}))", (k as u64) << 57),
            Ty::Float => format!("id({:.2})", k as f64 * 0.25 - 8.0),
            Ty::Str => format!("id({word})"),
            Ty::Bool => format!("id({})", k % 2 == 0),
            Ty::Ints => (*self
                .r
                .pick(&["[]int{3, 1, 2}", "[]int(nil)", "make([]int, 2, 5)"]))
            .to_owned(),
            Ty::Strs => format!("[]string{{{word}, \"z\"}}"),
            Ty::Dict => format!("map[string]int{{{word}: {k}, \"k\": 2}}"),
            Ty::Rec => format!("rec{{a: {k}, s: {word}, in: inner{{x: 1, ok: true}}}}"),
            Ty::RecPtr => format!("&rec{{a: {k}, list: []int{{1}}}}"),
            Ty::Shape => (*self.r.pick(&["square(3)", "rec{a: 2}", "&rec{a: 4}"])).to_owned(),
            Ty::Fun => format!("func(x int) int {{ return x + {k} }}"),
            Ty::Array => format!("[4]int{{{k}, 2, 3: n}}"),
            Ty::Any => (*self
                .r
                .pick(&["any(nil)", "any(1)", "any(\"s\")", "any(square(2))"]))
            .to_owned(),
            Ty::Pair => format!("pair[int, string]{{{k}, {word}}}"),
        }
    }
}

/// A type as it can stand before the parenthesis of a conversion.
fn paren(name: &str) -> String {
    match name.starts_with(['*', 'f']) && name != "float64" {
        true => format!("({name})"),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline::{Outcome, Target, run};

    #[test]
    fn programs_are_accepted() {
        for seed in 0..20 {
            let text = super::program(seed, 12);
            let outcome = run(Target::Compiler, text.as_bytes());
            assert_eq!(outcome, Outcome::Accepted, "seed {seed}");
        }
    }
}
