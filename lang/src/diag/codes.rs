//! The kinds of diagnostics, each declared once.
//!
//! Names follow Go's `internal/types/errors` where it has one.

macro_rules! codes {
    ($($name:ident, $doc:literal, $example:literal;)*) => {
        /// The kind of a diagnostic.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Code { $(#[doc = $doc] $name,)* }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// Its name, as tools show it.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => stringify!($name),)* }
            }

            /// What it means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$name => $doc,)* }
            }

            /// A smallest program text that has it.
            pub fn example(self) -> &'static str {
                match self { $(Code::$name => $example,)* }
            }
        }
    };
}

codes! {
    Syntax, "The text is not Go.", "func f( {";
    Unsupported, "Go has it, mgo does not support it yet.", "import \"C\"";
    TooDeep, "Nesting is deeper than mgo follows.", "x := ((((…";

    BlankPkgName, "A package is named _.", "package _";
    MismatchedPkgName, "The files of a package name it differently.", "package q // beside a file of package p";
    InvalidPkgUse, "A package name stands where a value or type is needed.", "import \"fmt\"; var x = fmt";
    BadImportPath, "An import path is empty or has a character that paths may not have.", "import \"\"";
    BrokenImport, "An imported package cannot be had.", "import \"no/such/package\"";
    UnusedImport, "An import is not used.", "import \"fmt\"";
    InvalidInitCycle, "Package-level variables need each other to be initialised.", "var a = b; var b = a";
    DuplicateDecl, "A name is declared twice in one block.", "var x int; var x int";
    InvalidDeclCycle, "A declaration refers to itself.", "type T T";
    InvalidTypeCycle, "An interface type without a name refers to itself.", "type I interface { m() interface { I } }";
    InvalidConstInit, "A constant's value is not constant.", "var x int; const c = x";
    InvalidConstVal, "A constant's value cannot be represented.", "const a = 1 << 500; const b = a * a";
    InvalidConstType, "A constant's type is none a constant can have.", "const c []int = nil";
    UntypedNilUse, "nil stands where a type is needed.", "var x = nil";
    WrongAssignCount, "The numbers of names and values differ.", "var a, b = 1, 2, 3";
    UnassignableOperand, "The left side of an assignment cannot be assigned to.", "func f() { 1 = 2 }";
    NoNewVar, "A := declares nothing new.", "func f() { a := 1; a := 2; _ = a }";
    InvalidIfaceAssign, "A value does not implement the interface it is assigned to.", "var e error = 1";
    InvalidChanAssign, "A channel is assigned to one of another direction or element.", "type A chan int; type B <-chan int; var a A; var b B = a";
    IncompatibleAssign, "A value is assigned to a variable of another type.", "var s string = 1";
    UnaddressableFieldAssign, "A field of a map element is assigned to.", "func f(m map[int]struct{ x int }) { m[0].x = 1 }";
    NotAType, "A type is needed.", "var x int; var y x";
    InvalidArrayLen, "An array's length is not a non-negative integer constant.", "var a [-1]int";
    BlankIfaceMethod, "A method of an interface is named _.", "type I interface{ _() }";
    IncomparableMapKey, "A map's keys cannot be compared.", "var m map[[]int]int";
    InvalidPtrEmbed, "A pointer, or a pointer to an interface, is embedded.", "type P *int; type T struct{ P }";
    InvalidRecv, "A receiver's type cannot have methods.", "func (x int) f() {}";
    DuplicateFieldAndMethod, "A field and a method have the same name.", "type T struct{ f int }; func (T) f() {}";
    DuplicateMethod, "Two methods have the same name.", "type T int; func (T) f() {}; func (T) f() {}";
    InvalidBlank, "_ is used as a value or type.", "var x = _";
    InvalidIota, "iota stands outside a constant declaration.", "var x = iota";
    MissingInitBody, "An init function has no body.", "func init()";
    InvalidInitDecl, "init is declared as something else than a func().", "var init int";
    InvalidMainDecl, "main is declared as something else than a func().", "package main; var main int";
    TooManyValues, "Several values stand where one is needed.", "func f() (int, int); var x = f() + 1";
    NotAnExpr, "A type stands where a value is needed.", "var x = int";
    TruncatedFloat, "A float constant would lose its fraction.", "var x int = 1.5";
    NumericOverflow, "A constant is too large for its type.", "var x int8 = 1000";
    UndefinedOp, "An operator is not defined on its operand.", "var x = !1";
    MismatchedTypes, "The operands of a binary operator have different types.", "var x = 1 + \"a\"";
    DivByZero, "A division by the constant zero.", "var x = 1 / 0";
    NonNumericIncDec, "++ or -- on what is no number.", "func f(s string) { s++ }";
    UnaddressableOperand, "The address is taken of what has none.", "var p = &1";
    InvalidIndirection, "* on what is no pointer.", "var x int; var y = *x";
    InvalidIndex, "An index is no integer, negative or out of range.", "var a [2]int; var x = a[2]";
    SwappedSliceIndices, "The indices of a slice expression fall.", "var x = \"abc\"[2:1]";
    NonSliceableOperand, "A slice expression on what cannot be sliced.", "var x int; var y = x[:]";
    InvalidSliceExpr, "A slice expression that its operand does not permit.", "var x = \"abc\"[0:1:2]";
    InvalidShiftCount, "A shift count is negative or no integer.", "var x = 1 << -1";
    InvalidShiftOperand, "What is shifted is no integer.", "var x = 1.5 << 1";
    InvalidReceive, "A receive from what one cannot receive from.", "func f(c chan<- int) { <-c }";
    InvalidSend, "A send to what one cannot send to.", "func f(c <-chan int) { c <- 1 }";
    DuplicateLitKey, "A key stands twice in a literal.", "var m = map[int]int{1: 1, 1: 2}";
    MissingLitKey, "A map literal's element has no key.", "var m = map[int]int{1}";
    InvalidLitIndex, "A key of an array literal is no constant index.", "var i int; var a = []int{i: 1}";
    OversizeArrayLit, "An array literal has too many elements.", "var a = [1]int{1, 2}";
    MixedStructLit, "A struct literal mixes named and unnamed values.", "var x = struct{ a, b int }{a: 1, 2}";
    InvalidStructLit, "A struct literal has too few or too many values.", "var x = struct{ a, b int }{1}";
    MissingLitField, "A struct literal names a field the struct has not.", "var x = struct{ a int }{b: 1}";
    DuplicateLitField, "A struct literal names a field twice.", "var x = struct{ a int }{a: 1, a: 2}";
    UnexportedLitField, "A struct literal sets another package's unexported field.", "import \"p\"; var x = p.T{1}";
    InvalidLitField, "A struct literal's key is no field name.", "var x = struct{ a int }{1: 1}";
    UntypedLit, "A composite literal has no type.", "var x = ({1})";
    InvalidLit, "A composite literal has a type that none can have.", "var x = int{1}";
    AmbiguousSelector, "A selector finds several fields or methods at one depth.", "type A struct{ x int }; type B A; type C struct{ A; B }; var y = C{}.x";
    UndeclaredImportedName, "A package does not declare the name.", "import \"unsafe\"; var x = unsafe.X";
    UndeclaredName, "A name is not declared.", "var x = y";
    MissingFieldOrMethod, "A type has no such field or method.", "var x int; var y = x.f";
    BadDotDotDotSyntax, "... stands where it may not.", "var x [...]int";
    NonVariadicDotDotDot, "... in a call of a function that is not variadic.", "func f([]int); func g(s []int) { f(s...) }";
    InvalidDotDotDot, "... with a built-in other than append.", "var x = len([]int{}...)";
    UncalledBuiltin, "A built-in function is not called.", "var x = len";
    InvalidAppend, "append to what is no slice.", "var x = append(1, 2)";
    InvalidCap, "cap of what has none.", "var x = cap(1)";
    InvalidClear, "clear of what is no map or slice.", "func f(x int) { clear(x) }";
    InvalidClose, "close of what is no channel that can be sent to.", "func f(x int) { close(x) }";
    InvalidCopy, "copy with what is no slice or of different elements.", "func f(x int) { copy(x, x) }";
    InvalidComplex, "complex of what is no float.", "var x = complex(\"a\", \"b\")";
    InvalidDelete, "delete from what is no map.", "func f(x int) { delete(x, 1) }";
    InvalidImag, "imag of what is not complex.", "var x = imag(\"a\")";
    InvalidLen, "len of what has none.", "var x = len(1)";
    SwappedMakeArgs, "make with a length above the capacity.", "var x = make([]int, 2, 1)";
    InvalidMake, "make of what cannot be made.", "var x = make(int)";
    InvalidReal, "real of what is not complex.", "var x = real(\"a\")";
    InvalidMinMaxOperand, "min or max of what has no order.", "var x = min(true, false)";
    InvalidAssert, "A type assertion on what is no interface.", "var x = 1; var y = x.(int)";
    ImpossibleAssert, "A type assertion that can never hold.", "var x error; var y = x.(int)";
    InvalidConversion, "A conversion that does not exist.", "var x = int(\"a\")";
    InvalidUntypedConversion, "An untyped value cannot become the type needed.", "func f(x int) { switch x { case nil: } }";
    BadOffsetofSyntax, "unsafe.Offsetof of what is no selector.", "import \"unsafe\"; var x = unsafe.Offsetof(1)";
    InvalidOffsetof, "unsafe.Offsetof of a method or a field behind a pointer.", "import \"unsafe\"; type T struct{}; func (T) m() {}; var x = unsafe.Offsetof(T{}.m)";
    TypeTooLarge, "A type's size is more than can be expressed.", "import \"unsafe\"; var x = unsafe.Sizeof([1 << 40][1 << 40]int{})";
    InvalidUnsafeSlice, "unsafe.Slice or SliceData of what is no pointer or slice.", "import \"unsafe\"; var x = unsafe.SliceData(1)";
    UnusedExpr, "A value is computed and not used.", "func f() { 1 + 1 }";
    UnusedVar, "A variable is declared and not used.", "func f() { x := 1 }";
    MissingReturn, "A function may end without a return.", "func f() int {}";
    WrongResultCount, "A return has too few or too many values.", "func f() int { return 1, 2 }";
    OutOfScopeResult, "A bare return where a result's name is hidden.", "func f() (x int) { { x := 1; _ = x; return } }";
    InvalidCond, "A condition is not boolean.", "func f() { if 1 { } }";
    InvalidIterVar, "A range clause has more variables than its operand gives.", "func f(c chan int) { for a, b := range c { _, _ = a, b } }";
    InvalidRangeExpr, "A range over what cannot be ranged over.", "func f() { for range 1.5 { } }";
    MisplacedBreak, "A break outside for, switch and select.", "func f() { break }";
    MisplacedContinue, "A continue outside for.", "func f() { continue }";
    MisplacedFallthrough, "A fallthrough that is not last in a case, or in the last case.", "func f() { fallthrough }";
    DuplicateCase, "A case stands twice in a switch.", "func f(x int) { switch x { case 1: case 1: } }";
    DuplicateDefault, "A switch or select has two defaults.", "func f(x int) { switch x { default: default: } }";
    BadTypeKeyword, "x.(type) outside a type switch.", "func f(x any) { _ = x.(type) }";
    InvalidTypeSwitch, "A type switch on what is no interface.", "func f(x int) { switch x.(type) { } }";
    InvalidExprSwitch, "A switch on what cannot be compared.", "func f(x struct{ f []int }) { switch x { } }";
    InvalidSelectCase, "A select case is no send or receive.", "func f() { select { case 1: } }";
    UndeclaredLabel, "A label is not declared.", "func f() { goto L }";
    DuplicateLabel, "A label is declared twice.", "func f() { goto L; L: L: }";
    MisplacedLabel, "A break or continue names a label that is not around it.", "func f() { L: for { }; for { break L } }";
    UnusedLabel, "A label is not used.", "func f() { L: }";
    JumpOverDecl, "A goto jumps over a variable declaration.", "func f() { goto L; x := 1; _ = x; L: }";
    JumpIntoBlock, "A goto jumps into a block.", "func f() { goto L; { L: } }";
    InvalidMethodExpr, "A method expression for a method the type has not.", "type T int; func (*T) m() {}; var x = T.m";
    WrongArgCount, "A call has too few or too many arguments.", "func f(int); func g() { f() }";
    InvalidCall, "A call of what is no function.", "var x = 1(2)";
    UnusedResults, "The result of a built-in is not used.", "func f() { defer len(\"\") }";
    InvalidDefer, "defer with what is no call.", "func f() { defer int(1) }";
    InvalidGo, "go with what is no call.", "func f() { go int(1) }";
    BadDecl, "A function has no body, or a range clause declares what is no name.", "func f()";
    RepeatedDecl, "A := names a variable twice.", "func f() { a, a := 1, 2; _ = a }";
    NotAGenericType, "Type arguments for a type that takes none.", "var x int[int]";
    MisplacedConstraintIface, "A constraint is used as an ordinary type.", "var x comparable";
    WrongTypeArgCount, "A generic type without its type arguments.", "type T[P any] int; var x T";
    InvalidUnion, "A union has an element it may not have.", "type C interface{ int | int }";
    InvalidTypeArg, "A type argument does not satisfy its constraint.", "func f[P int]() {}; var x = f[string]";
    CannotInferTypeArgs, "Type arguments are missing and cannot be inferred.", "func f[P any]() {}; func g() { f() }";
    InvalidInstanceCycle, "A generic declaration needs instances of itself without end.", "func f[P any]() { f[*P]() }";
    BadRecv, "A receiver declares another number of type parameters than its type.", "type T[P any] int; func (T[A, B]) m() {}";
    InvalidEmbed, "A //go:embed line is misplaced, or names no files.", "import \"embed\"; //go:embed f.txt\nvar x int";
    MisplacedDirective, "A directive to the compiler stands where it says nothing.", "//go:noinline\nvar x int";
    UnsupportedFeature, "The language version of the package or file has it not yet.", "//go:build go1.21\n\npackage p\n\nvar x = new(1)";
    TooNew, "A file asks for a newer version of the language than there is.", "//go:build go1.99\n\npackage p";
    MisplacedTypeParam, "A type parameter stands where it may not.", "type T[P any] P";
}
