package value

import (
	"fmt"
	"reflect"
	"sort"
	"unsafe"
)

func open(v reflect.Value) reflect.Value {
	if v.CanInterface() {
		return v
	}
	if v.CanAddr() {
		return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	panic("closed value")
}

func Class(v any) int {
	if v == nil {
		return 0
	}
	t := reflect.TypeOf(v)
	k := int(t.Kind())
	if t.NumMethod() > 0 {
		k |= HasMethods
	} else {
		// unexported methods do not count in NumMethod; conservative for the shim
		k |= 0
	}
	if t.PkgPath() == "" && t.Name() != "" {
		k |= Basic
	}
	return k
}

func TypeString(v any) string {
	if v == nil {
		return "<nil>"
	}
	return reflect.TypeOf(v).String()
}

func elemType(v any) reflect.Type {
	if v == nil {
		return nil
	}
	switch t := reflect.TypeOf(v); t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Chan:
		return t.Elem()
	}
	return nil
}

func ElemKind(v any) int {
	if t := elemType(v); t != nil {
		return int(t.Kind())
	}
	return 0
}
func ElemTypeString(v any) string   { return elemType(v).String() }
func KeyTypeString(v any) string    { return reflect.TypeOf(v).Key().String() }
func SameType(a, b any) bool        { return reflect.TypeOf(a) == reflect.TypeOf(b) }
func Comparable(v any) bool         { return v != nil && reflect.TypeOf(v).Comparable() }
func AsInt(v any) int64             { return reflect.ValueOf(v).Int() }
func AsUint(v any) uint64           { return reflect.ValueOf(v).Uint() }
func AsFloat(v any) float64         { return reflect.ValueOf(v).Float() }
func AsComplex(v any) complex128    { return reflect.ValueOf(v).Complex() }
func AsBool(v any) bool             { return reflect.ValueOf(v).Bool() }
func AsString(v any) string         { return reflect.ValueOf(v).String() }
func AsBytes(v any) ([]byte, bool) {
	if ElemKind(v) != Uint8 {
		return nil, false
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice:
		return r.Bytes(), true
	case reflect.Array:
		b := make([]byte, r.Len())
		for i := range b {
			b[i] = byte(r.Index(i).Uint())
		}
		return b, true
	}
	return nil, false
}
func IsNil(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.Slice, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}
func Address(v any) uintptr { return reflect.ValueOf(v).Pointer() }
func Len(v any) int         { return reflect.ValueOf(v).Len() }

func addressable(v any) reflect.Value {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Elem()
}
func Index(v any, i int) any { return addressable(v).Index(i).Interface() }
func Swap(slice any, i, j int) { reflect.Swapper(slice)(i, j) }
func Elem(v any) any         { return reflect.ValueOf(v).Elem().Interface() }
func NumField(v any) int     { return reflect.TypeOf(v).NumField() }
func Field(v any, i int) any { return open(addressable(v).Field(i)).Interface() }
func FieldName(v any, i int) string       { return reflect.TypeOf(v).Field(i).Name }
func FieldTypeString(v any, i int) string { return reflect.TypeOf(v).Field(i).Type.String() }
func FieldFlags(v any, i int) int {
	f := reflect.TypeOf(v).Field(i)
	n := 0
	if f.IsExported() {
		n |= Exported
	}
	if f.Anonymous {
		n |= Embedded
	}
	return n
}

func MapEntries(m any) (keys, vals []any) {
	r := reflect.ValueOf(m)
	for _, k := range r.MapKeys() {
		keys = append(keys, k.Interface())
		vals = append(vals, nil)
	}
	it := r.MapRange()
	type kv struct{ k, v any }
	var all []kv
	for it.Next() {
		all = append(all, kv{it.Key().Interface(), it.Value().Interface()})
	}
	sort.SliceStable(all, func(i, j int) bool { return cmp(all[i].k, all[j].k) < 0 })
	for i, e := range all {
		keys[i], vals[i] = e.k, e.v
	}
	return
}

func ord[T int64 | uint64 | float64 | string | uintptr](a, b T) int {
	an, bn := a != a, b != b
	switch {
	case an && bn:
		return 0
	case an || !bn && a < b:
		return -1
	case bn || a > b:
		return 1
	}
	return 0
}

func cmp(a, b any) int {
	if a == nil || b == nil {
		if a == b {
			return 0
		}
		if a == nil {
			return -1
		}
		return 1
	}
	if !SameType(a, b) {
		return ord(fmt.Sprintf("%p", reflect.TypeOf(a)), fmt.Sprintf("%p", reflect.TypeOf(b)))
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch k := int(x.Kind()); {
	case k == Bool:
		if x.Bool() == y.Bool() {
			return 0
		}
		if y.Bool() {
			return -1
		}
		return 1
	case Int <= k && k <= Int64:
		return ord(x.Int(), y.Int())
	case Uint <= k && k <= Uintptr:
		return ord(x.Uint(), y.Uint())
	case k == Float32 || k == Float64:
		return ord(x.Float(), y.Float())
	case k == Complex64 || k == Complex128:
		if c := ord(real(x.Complex()), real(y.Complex())); c != 0 {
			return c
		}
		return ord(imag(x.Complex()), imag(y.Complex()))
	case k == String:
		return ord(x.String(), y.String())
	case k == Pointer || k == Chan:
		return ord(x.Pointer(), y.Pointer())
	case k == Struct:
		for i := 0; i < x.NumField(); i++ {
			if c := cmp(Field(a, i), Field(b, i)); c != 0 {
				return c
			}
		}
	case k == Array:
		for i := 0; i < x.Len(); i++ {
			if c := cmp(Index(a, i), Index(b, i)); c != 0 {
				return c
			}
		}
	}
	return 0
}

func SetInt(ptr any, x int64)          { reflect.ValueOf(ptr).Elem().SetInt(x) }
func SetUint(ptr any, x uint64)        { reflect.ValueOf(ptr).Elem().SetUint(x) }
func SetFloat(ptr any, x float64)      { reflect.ValueOf(ptr).Elem().SetFloat(x) }
func SetComplex(ptr any, x complex128) { reflect.ValueOf(ptr).Elem().SetComplex(x) }
func SetBool(ptr any, x bool)          { reflect.ValueOf(ptr).Elem().SetBool(x) }
func SetString(ptr any, x string)      { reflect.ValueOf(ptr).Elem().SetString(x) }
func SetBytes(ptr any, x []byte) {
	e := reflect.ValueOf(ptr).Elem()
	e.Set(reflect.MakeSlice(e.Type(), len(x), len(x)))
	for i, b := range x {
		e.Index(i).SetUint(uint64(b))
	}
}

var errorType = reflect.TypeOf((*error)(nil)).Elem()

func AsCheck(target any) int {
	if target == nil {
		return AsNil
	}
	v := reflect.ValueOf(target)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return AsNotPtr
	}
	if e := v.Type().Elem(); e.Kind() != reflect.Interface && !e.Implements(errorType) {
		return AsBadType
	}
	return AsOK
}
func AsAssign(err error, target any) bool {
	e := reflect.ValueOf(target).Elem()
	if !reflect.TypeOf(err).AssignableTo(e.Type()) {
		return false
	}
	e.Set(reflect.ValueOf(err))
	return true
}
