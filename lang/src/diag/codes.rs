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
}
