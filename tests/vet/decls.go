// Package v: tags of structs and methods of well-known interfaces.
package v

import (
	"fmt"
	"io"
)

type tags struct {
	A int `json:"a"`
	B int `json:"a"` // WANT "struct field B repeats json tag \"a\" also at f.go:10"
	C int "json:c" // WANT "struct field tag `json:c` not compatible with reflect.StructTag.Get: bad syntax for struct tag value"
	D int `json:"d",xml:"d"` // WANT "struct field tag `json:\"d\",xml:\"d\"` not compatible with reflect.StructTag.Get: key:\"value\" pairs not separated by spaces"
	E int `json` // WANT "struct field tag `json` not compatible with reflect.StructTag.Get: bad syntax for struct tag pair"
	F int `json:"f, omitempty"` // WANT "struct field tag `json:\"f, omitempty\"` not compatible with reflect.StructTag.Get: suspicious space in struct tag value"
	g int `json:"g"` // WANT "struct field g has json tag but is not exported"
	h int `json:"-"`
	I int `xml:"i"`
	J int `xml:"i"` // WANT "struct field J repeats xml tag \"i\" also at f.go:18"
	K int `xml:"i,attr"`
	L int `xml:"i,attr"` // WANT "struct field L repeats xml attribute tag \"i\" also at f.go:20"
	M int `xml:" m"` // WANT "struct field tag `xml:\" m\"` not compatible with reflect.StructTag.Get: suspicious space in struct tag value"
	N int `: "x"` // WANT "struct field tag `: \"x\"` not compatible with reflect.StructTag.Get: bad syntax for struct tag key"
	O int `json:"o` // WANT "struct field tag `json:\"o` not compatible with reflect.StructTag.Get: bad syntax for struct tag value"
	P int `other:"x"  more:"y z"`
	Q int `json:"q" xml:"q r s"` // WANT "struct field tag `json:\"q\" xml:\"q r s\"` not compatible with reflect.StructTag.Get: suspicious space in struct tag value"
	inner
	Inner2 `json:"inner"`
}

type inner struct {
	X int `json:"a"`
	Y int `json:"y"`
}

type Inner2 struct {
	Y int `json:"y"`
}

type methods struct{}

func (methods) WriteTo(w io.Writer) error           { return nil } // WANT "method WriteTo(w io.Writer) error should have signature WriteTo(io.Writer) (int64, error)"
func (methods) ReadByte() byte                      { return 0 } // WANT "method ReadByte() byte should have signature ReadByte() (byte, error)"
func (methods) Seek(offset int64, whence int) error { return nil } // WANT "method Seek(offset int64, whence int) error should have signature Seek(int64, int) (int64, error)"
func (methods) Scan(x int) error                    { return nil }
func (methods) Format(f fmt.State, c int)           {} // WANT "method Format(f fmt.State, c int) should have signature Format(fmt.State, rune)"
func (methods) MarshalJSON() []byte                 { return nil } // WANT "method MarshalJSON() []byte should have signature MarshalJSON() ([]byte, error)"
func (methods) UnreadByte()                         {} // WANT "method UnreadByte() should have signature UnreadByte() error"
func (methods) Is(err error)                        {}
func (methods) Unwrap() int                         { return 0 }

type good struct{}

func (good) WriteTo(w io.Writer) (int64, error)           { return 0, nil }
func (good) ReadByte() (byte, error)                      { return 0, nil }
func (good) Seek(offset int64, whence int) (int64, error) { return 0, nil }
func (good) Scan(s fmt.ScanState, r rune) error           { return nil }
func (good) WriteByte(b byte) error                       { return nil }

type myErr struct{}

func (myErr) Error() string  { return "" }
func (myErr) Is(err error)   {} // WANT "method Is(err error) should have signature Is(error) bool"
func (myErr) As(x int) bool  { return false } // WANT "method As(x int) bool should have signature As(any) bool"
func (myErr) Unwrap() string { return "" } // WANT "method Unwrap() should have signature Unwrap() error or Unwrap() []error"

type several struct{ myErr }

func (several) Unwrap() []error { return nil }

type iface interface {
	WriteByte(b byte) // WANT "method WriteByte(b byte) should have signature WriteByte(byte) error"
	ReadRune() (rune, int, error)
}
