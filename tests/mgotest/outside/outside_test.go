// A folder that holds nothing but tests of the package beside it.
package outside_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	if n := len(strings.Fields(" a b ")); n != 2 {
		t.Error(n)
	}
}

func ExampleFields() {
	fmt.Println(strings.Fields(" a b "))
	// Output: [a b]
}
