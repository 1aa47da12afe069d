package basic_test

import (
	"fmt"
	"os"
	"testing"

	"example.com/basic"
)

func TestOutside(t *testing.T) {
	if got := basic.Reverse("héllo"); got != "olléh" {
		t.Error(got)
	}
}

func ExampleReverse() {
	fmt.Println(basic.Reverse("abc"))
	// Output: cba
}

func ExampleSqrt() {
	for _, n := range []int{1, 4, -1} {
		fmt.Println(basic.Sqrt(n))
	}

	// Output:
	// 1 <nil>
	//   2 <nil>
	// 0 negative
}

func Example_unordered() {
	for _, w := range []string{"b", "c", "a"} {
		fmt.Fprintln(os.Stdout, w)
	}
	// Unordered output:
	// a
	// b
	// c
}

func Example_wrong() {
	fmt.Println("got this")
	// Output: wanted that
}

func Example_wrongUnordered() {
	fmt.Println("b\na")
	// unordered output:
	// a
	// c
}

func Example_empty() {
	// Output:
}

func Example_compiledOnly() { panic("never run") }
